// The access key of an id.
// Params: $key_id.
// Returns: key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us. At most one record.
MATCH (key:AccessKey {key_id: $key_id})
RETURN key.key_id AS key_id, key.secret_hash AS secret_hash, key.role AS role, key.supplier_uid AS supplier_uid,
  key.created_at_us AS created_at_us, key.revoked_at_us AS revoked_at_us
