// End an access key; one that has ended keeps its moment.
// Params: $key_id, $revoked_at_us.
// Returns: known, 1 or 0. One record.
OPTIONAL MATCH (key:AccessKey {key_id: $key_id})
SET key.revoked_at_us = coalesce(key.revoked_at_us, $revoked_at_us)
RETURN count(key) AS known
