// Take the write lock of the store for this transaction, then read what it guards.
// Params: $writer, who asks, kept for those who look into the graph.
// Returns: number, recorded_at_us, recorded_by, door, summary of the newest revision; open_rows;
//   lease_holder and lease_until_ms, null without a lease; is_lease_running, by the server's clock.
//   One record; none in an empty database.
MATCH (head:Head {name: 'head'})
SET head.locked_by = $writer
WITH head
MATCH (revision:Revision {number: head.revision})
RETURN revision.number AS number, revision.recorded_at_us AS recorded_at_us, revision.recorded_by AS recorded_by,
  revision.door AS door, revision.summary AS summary,
  revision.open_rows AS open_rows, head.lease_holder AS lease_holder, head.lease_until_ms AS lease_until_ms,
  coalesce(head.lease_until_ms > datetime.realtime().epochMillis, false) AS is_lease_running
