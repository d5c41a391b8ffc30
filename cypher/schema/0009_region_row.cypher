// A stable integer per region, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT region_row IF NOT EXISTS
FOR (region:Region) REQUIRE region.row IS UNIQUE
