// The use of a client's idempotency key that has not expired, and the revision it answered.
// Params: $client, $idempotency_key, $now_us.
// Returns: body_hash, answer, number, recorded_at_us, recorded_by, door, summary. At most one record.
MATCH (use:KeyUse {client: $client, idempotency_key: $idempotency_key})
WHERE use.expires_at_us > $now_us
MATCH (revision:Revision {number: use.revision})
RETURN use.body_hash AS body_hash, use.answer AS answer,
  revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary
