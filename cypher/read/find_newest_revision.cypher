// The newest revision.
// Params: none.
// Returns: number, recorded_at_us, recorded_by, door, summary. One record; none in an empty database.
MATCH (head:Head {name: 'head'})
MATCH (revision:Revision {number: head.revision})
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary
