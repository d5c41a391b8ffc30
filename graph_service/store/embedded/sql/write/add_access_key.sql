-- purpose: Keep a new access key.
-- params: :key_id, :secret_hash, :role, :supplier_uid, :created_at_us, :revoked_at_us
-- returns: nothing
-- order: none
INSERT INTO access_key (key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us)
VALUES (:key_id, :secret_hash, :role, :supplier_uid, :created_at_us, :revoked_at_us)
