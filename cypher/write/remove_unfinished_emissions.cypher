// Remove emissions that no revision holds.
// Params: $head, the newest revision; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH (emission:Emission)
WHERE emission.recorded_from > $head AND emission.uid IS NOT NULL
WITH emission LIMIT $limit
DETACH DELETE emission
RETURN count(*) AS changed
