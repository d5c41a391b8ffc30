// Take the lock of the Head and hold the store for longer, if it is still held by this writer.
// Params: $writer; $lease_ms, how long without renewal.
// Returns: renewed, 1 or 0. One record.
MATCH (head:Head {name: 'head'})
SET head.locked_by = $writer
WITH head WHERE head.lease_holder = $writer
SET head.lease_until_ms = datetime.realtime().epochMillis + $lease_ms
RETURN count(head) AS renewed
