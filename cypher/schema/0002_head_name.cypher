// One Head, whose lock every write takes.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT head_name IF NOT EXISTS
FOR (head:Head) REQUIRE head.name IS UNIQUE
