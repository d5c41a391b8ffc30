// The lease on the store, if one is written there.
// Params: none.
// Returns: lease_holder, is_lease_running. One record with a lease, none without.
MATCH (head:Head {name: 'head'})
WHERE head.lease_holder IS NOT NULL
RETURN head.lease_holder AS lease_holder,
  head.lease_until_ms > datetime.realtime().epochMillis AS is_lease_running
