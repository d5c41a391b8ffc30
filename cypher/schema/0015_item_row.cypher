// A stable integer per item, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT item_row IF NOT EXISTS
FOR (item:Item) REQUIRE item.row IS UNIQUE
