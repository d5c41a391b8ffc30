-- purpose: Adds a declaration's removals by land management.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN land_management_removals_kgco2e REAL
