-- purpose: The use of a client's idempotency key that has not expired.
-- params: :client, :idempotency_key, :now_us
-- returns: body_hash, answer, and the revision answered: number, recorded_at_us, recorded_by, door, summary
-- order: none
SELECT
    key_use.body_hash, key_use.answer,
    revision.number, revision.recorded_at_us, revision.recorded_by, revision.door, revision.summary
FROM key_use
JOIN revision ON revision.number = key_use.revision
WHERE key_use.client = :client
  AND key_use.idempotency_key = :idempotency_key
  AND key_use.expires_at_us > :now_us
