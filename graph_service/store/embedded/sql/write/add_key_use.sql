-- purpose: Record the use of an idempotency key.
-- params: :client, :idempotency_key, :body_hash, :answer, :revision, :expires_at_us
-- returns: nothing
-- order: none
INSERT INTO key_use (client, idempotency_key, body_hash, answer, revision, expires_at_us)
VALUES (:client, :idempotency_key, :body_hash, :answer, :revision, :expires_at_us)
