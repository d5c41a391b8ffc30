// A stable integer per declaration, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT declaration_row IF NOT EXISTS
FOR (declaration:Declaration) REQUIRE declaration.row IS UNIQUE
