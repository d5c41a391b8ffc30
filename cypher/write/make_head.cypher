// The Head and revision 0, where they are missing.
// Params: $recorded_at_us, $recorded_by, $door, $summary; $open_rows, a zero per kind.
// Returns: nothing.
MERGE (head:Head {name: 'head'})
ON CREATE SET head.revision = 0
MERGE (revision:Revision {number: 0})
ON CREATE SET revision.recorded_at_us = $recorded_at_us, revision.recorded_by = $recorded_by, revision.door = $door,
  revision.summary = $summary, revision.open_rows = $open_rows
