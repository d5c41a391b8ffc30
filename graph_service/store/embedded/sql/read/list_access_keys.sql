-- purpose: All access keys, revoked ones too.
-- params: none
-- returns: key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us
-- order: creation, id
SELECT key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us
FROM access_key
ORDER BY created_at_us, key_id
