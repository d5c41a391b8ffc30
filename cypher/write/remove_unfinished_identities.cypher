// Remove identity nodes that an unfinished revision brought; their facts are gone already.
// Params: $head, the newest revision; $limit, nodes at a time.
// Returns: changed, how many nodes; 0 when done. One record.
MATCH (identity:Region|Supplier|Item|Factor|Benchmark|Declaration)
WHERE identity.recorded_from > $head
WITH identity LIMIT $limit
DETACH DELETE identity
RETURN count(*) AS changed
