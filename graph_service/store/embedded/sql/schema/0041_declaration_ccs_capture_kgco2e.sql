-- purpose: Adds a declaration's carbon captured and stored.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN ccs_capture_kgco2e REAL
