-- purpose: The schema steps that this file has taken.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE schema_migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    applied_at_us INTEGER NOT NULL -- microseconds since 1970-01-01 UTC, as every *_at_us
) STRICT
