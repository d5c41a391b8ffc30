// A PRECEDED_BY edge from each declaration to those that it corrects, of which this graph knows, where there is none.
// Params: $count. Columns, one value per row: $uid; $preceding, uids parted by single spaces, null for none.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
UNWIND split($preceding[k], ' ') AS preceding_uid
MATCH (declaration:Declaration {uid: $uid[k]})
MATCH (preceding:Declaration {uid: preceding_uid})
MERGE (declaration)-[:PRECEDED_BY]->(preceding)
