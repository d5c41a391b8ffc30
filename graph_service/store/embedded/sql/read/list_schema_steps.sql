-- purpose: The schema steps taken.
-- params: none
-- returns: number
-- order: number
SELECT number FROM schema_migration ORDER BY number
