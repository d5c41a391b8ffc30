// A stable integer per factor, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT factor_row IF NOT EXISTS
FOR (factor:Factor) REQUIRE factor.row IS UNIQUE
