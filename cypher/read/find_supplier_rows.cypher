// Which of some uids name a supplier already, and the highest row given so far.
// Params: $uid, a list.
// Returns: known, a list of uids; last_row, null without any. One record.
OPTIONAL MATCH (supplier:Supplier) WHERE supplier.uid IN $uid
WITH collect(supplier.uid) AS known
OPTIONAL MATCH (last:Supplier) WHERE last.row IS NOT NULL
RETURN known, last.row AS last_row
ORDER BY last_row DESC
LIMIT 1
