// Open again the emissions that an unfinished revision closed.
// Params: $head, the newest revision; $open; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH (emission:Emission)
WHERE emission.recorded_to > $head AND emission.recorded_to < $open AND emission.uid IS NOT NULL
WITH emission LIMIT $limit
SET emission.recorded_to = $open
RETURN count(*) AS changed
