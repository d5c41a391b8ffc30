// Give the store back, if it is still held by this writer.
// Params: $writer.
// Returns: nothing.
MATCH (head:Head {name: 'head'})
SET head.locked_by = $writer
WITH head WHERE head.lease_holder = $writer
REMOVE head.lease_holder, head.lease_until_ms
