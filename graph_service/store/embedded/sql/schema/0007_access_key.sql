-- purpose: Access keys, outside revisions; only hashes of secrets.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE access_key (
    key_id TEXT PRIMARY KEY NOT NULL,
    secret_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    supplier_uid TEXT,
    created_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT, WITHOUT ROWID
