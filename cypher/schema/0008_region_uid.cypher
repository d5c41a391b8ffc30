// One region per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT region_uid IF NOT EXISTS
FOR (region:Region) REQUIRE region.uid IS UNIQUE
