// The oldest revisions above a number.
// Params: $above, $first.
// Returns: number, recorded_at_us, recorded_by, door, summary.
// Order: number, ascending.
MATCH (revision:Revision)
WHERE revision.number > $above
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary
ORDER BY revision.number
LIMIT $first
