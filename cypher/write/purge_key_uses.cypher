// Forget key uses that have expired.
// Params: $now_us; $limit, how many at most.
// Returns: nothing.
MATCH (use:KeyUse)
WHERE use.expires_at_us <= $now_us
WITH use LIMIT $limit
DELETE use
