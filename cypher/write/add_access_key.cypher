// Keep an access key; the same key again changes nothing.
// Params: $key_id, $secret_hash, $role, $supplier_uid, $created_at_us, $revoked_at_us.
// Returns: secret_hash, the recorded one. One record.
MERGE (key:AccessKey {key_id: $key_id})
ON CREATE SET key.secret_hash = $secret_hash, key.role = $role, key.supplier_uid = $supplier_uid,
  key.created_at_us = $created_at_us, key.revoked_at_us = $revoked_at_us
RETURN key.secret_hash AS secret_hash
