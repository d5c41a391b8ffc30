-- purpose: Uses of idempotency keys: a client's key, of what content, and the answer to give again.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE key_use (
    client TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    revision INTEGER NOT NULL REFERENCES revision (number),
    expires_at_us INTEGER NOT NULL,
    PRIMARY KEY (client, idempotency_key)
) STRICT, WITHOUT ROWID
