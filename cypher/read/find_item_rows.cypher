// Which of some uids name an item already, and the highest row given so far.
// Params: $uid, a list.
// Returns: known, a list of uids; last_row, null without any. One record.
OPTIONAL MATCH (item:Item) WHERE item.uid IN $uid
WITH collect(item.uid) AS known
OPTIONAL MATCH (last:Item) WHERE last.row IS NOT NULL
RETURN known, last.row AS last_row
ORDER BY last_row DESC
LIMIT 1
