// Record a schema step as taken; two processes may do so at once.
// Params: $number, $name, $taken_at_us.
// Returns: nothing.
MERGE (migration:Migration {number: $number})
ON CREATE SET migration.name = $name, migration.taken_at_us = $taken_at_us
