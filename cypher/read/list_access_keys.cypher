// All access keys, revoked ones too.
// Params: none.
// Returns: key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us.
// Order: created_at_us, key_id.
MATCH (key:AccessKey)
RETURN key.key_id AS key_id, key.secret_hash AS secret_hash, key.role AS role, key.supplier_uid AS supplier_uid,
  key.created_at_us AS created_at_us, key.revoked_at_us AS revoked_at_us
ORDER BY key.created_at_us, key.key_id
