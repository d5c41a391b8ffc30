// The schema steps that were taken.
// Params: none.
// Returns: number, name.
// Order: number.
MATCH (migration:Migration)
RETURN migration.number AS number, migration.name AS name
ORDER BY number
