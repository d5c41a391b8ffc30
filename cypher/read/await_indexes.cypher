// Wait until every index can be used.
// Params: $timeout_s.
// Returns: nothing.
CALL db.awaitIndexes($timeout_s)
