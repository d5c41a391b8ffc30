-- purpose: Adds a declaration's technological removals.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN technological_removals_kgco2e REAL
