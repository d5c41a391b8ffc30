// The newest revisions between two numbers, both excluded.
// Params: $above, $below, $first.
// Returns: number, recorded_at_us, recorded_by, door, summary.
// Order: number, descending.
MATCH (revision:Revision)
WHERE revision.number > $above AND revision.number < $below
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary
ORDER BY revision.number DESC
LIMIT $first
