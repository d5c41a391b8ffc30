// Which of some uids name a declaration already, and the highest row given so far.
// Params: $uid, a list.
// Returns: known, a list of uids; last_row, null without any. One record.
OPTIONAL MATCH (declaration:Declaration) WHERE declaration.uid IN $uid
WITH collect(declaration.uid) AS known
OPTIONAL MATCH (last:Declaration) WHERE last.row IS NOT NULL
RETURN known, last.row AS last_row
ORDER BY last_row DESC
LIMIT 1
