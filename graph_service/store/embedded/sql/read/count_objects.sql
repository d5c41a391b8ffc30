-- purpose: The number of tables and indexes in the file: 0 in a new one.
-- params: none
-- returns: objects
-- order: none
SELECT count(*) AS objects FROM sqlite_schema
