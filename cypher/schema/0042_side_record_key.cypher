// One side record per collection and key; lists go by key.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT side_record_key IF NOT EXISTS
FOR (record:SideRecord) REQUIRE (record.collection, record.key) IS UNIQUE
