// The highest row given so far, per kind of identity.
// Params: none.
// Returns: a column per kind, null without any. One record.
CALL () { MATCH (n:Region) RETURN max(n.row) AS region }
CALL () { MATCH (n:Supplier) RETURN max(n.row) AS supplier }
CALL () { MATCH (n:Item) RETURN max(n.row) AS item }
CALL () { MATCH (n:Factor) RETURN max(n.row) AS factor }
CALL () { MATCH (n:Benchmark) RETURN max(n.row) AS benchmark }
CALL () { MATCH (n:Declaration) RETURN max(n.row) AS declaration }
RETURN region, supplier, item, factor, benchmark, declaration
