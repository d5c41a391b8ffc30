// Hold the store for a staged batch. The caller has the lock of the Head and saw that no lease runs.
// Params: $writer; $lease_ms, how long without renewal.
// Returns: nothing.
MATCH (head:Head {name: 'head'})
SET head.lease_holder = $writer, head.lease_until_ms = datetime.realtime().epochMillis + $lease_ms
