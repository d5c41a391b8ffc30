// One declaration per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT declaration_uid IF NOT EXISTS
FOR (declaration:Declaration) REQUIRE declaration.uid IS UNIQUE
