// One revision per number.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT revision_number IF NOT EXISTS
FOR (revision:Revision) REQUIRE revision.number IS UNIQUE
