// Remove supplies that no revision holds.
// Params: $head, the newest revision; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH ()-[supply:SUPPLIES]->()
WHERE supply.recorded_from > $head AND supply.uid IS NOT NULL
WITH supply LIMIT $limit
DELETE supply
RETURN count(*) AS changed
