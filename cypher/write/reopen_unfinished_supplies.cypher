// Open again the supplies that an unfinished revision closed.
// Params: $head, the newest revision; $open; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH ()-[supply:SUPPLIES]->()
WHERE supply.recorded_to > $head AND supply.recorded_to < $open AND supply.uid IS NOT NULL
WITH supply LIMIT $limit
SET supply.recorded_to = $open
RETURN count(*) AS changed
