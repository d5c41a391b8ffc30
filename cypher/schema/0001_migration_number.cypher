// One record per schema step.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT migration_number IF NOT EXISTS
FOR (migration:Migration) REQUIRE migration.number IS UNIQUE
