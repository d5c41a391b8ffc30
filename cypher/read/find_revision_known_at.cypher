// The newest revision recorded at or before a moment.
// Params: $known_at_us.
// Returns: number, recorded_at_us, recorded_by, door, summary. At most one record.
MATCH (revision:Revision)
WHERE revision.recorded_at_us <= $known_at_us
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary
ORDER BY revision.recorded_at_us DESC, revision.number DESC
LIMIT 1
