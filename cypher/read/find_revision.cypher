// The revision of a number.
// Params: $number.
// Returns: number, recorded_at_us, recorded_by, door, summary, batch_id, open_rows. At most one record.
MATCH (revision:Revision {number: $number})
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary,
  revision.batch_id AS batch_id, revision.open_rows AS open_rows
