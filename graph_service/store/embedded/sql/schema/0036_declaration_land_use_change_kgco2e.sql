-- purpose: Adds a declaration's emissions from land use change.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN land_use_change_kgco2e REAL
