-- purpose: The access key of an id.
-- params: :key_id
-- returns: key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us
-- order: none
SELECT key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us
FROM access_key
WHERE key_id = :key_id
