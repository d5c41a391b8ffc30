// Record a revision, move the Head to it and give back the lease.
// Params: $number, $recorded_at_us, $recorded_by, $door, $summary; $batch_id, of whoever writes;
//   $open_rows, how many rows are open then, per kind.
// Returns: nothing.
MATCH (head:Head {name: 'head'})
CREATE (:Revision {
  number: $number, recorded_at_us: $recorded_at_us, recorded_by: $recorded_by, door: $door, summary: $summary,
  batch_id: $batch_id, open_rows: $open_rows
})
SET head.revision = $number
REMOVE head.lease_holder, head.lease_until_ms
