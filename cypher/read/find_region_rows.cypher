// Which of some uids name a region already, and the highest row given so far.
// Params: $uid, a list.
// Returns: known, a list of uids; last_row, null without any. One record.
OPTIONAL MATCH (region:Region) WHERE region.uid IN $uid
WITH collect(region.uid) AS known
OPTIONAL MATCH (last:Region) WHERE last.row IS NOT NULL
RETURN known, last.row AS last_row
ORDER BY last_row DESC
LIMIT 1
