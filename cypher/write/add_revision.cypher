// Record a revision, move the Head to it and give back the lease.
// Params: $number, $recorded_at_us, $recorded_by, $door, $summary; $batch_id, of whoever writes;
//   $open_rows, how many rows are open then, per kind; $opened_rows, how many of them it opened, per kind;
//   $changed_rows, how many it recorded and ended.
// Returns: nothing.
MATCH (head:Head {name: 'head'})
CREATE (:Revision {
  number: $number, recorded_at_us: $recorded_at_us, recorded_by: $recorded_by, door: $door, summary: $summary,
  batch_id: $batch_id, open_rows: $open_rows, opened_rows: $opened_rows, changed_rows: $changed_rows
})
SET head.revision = $number
REMOVE head.lease_holder, head.lease_until_ms
