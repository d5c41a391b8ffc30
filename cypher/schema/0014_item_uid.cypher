// One item per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT item_uid IF NOT EXISTS
FOR (item:Item) REQUIRE item.uid IS UNIQUE
