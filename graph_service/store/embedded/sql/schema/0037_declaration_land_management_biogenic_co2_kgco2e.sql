-- purpose: Adds a declaration's biogenic CO2 from land management.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN land_management_biogenic_co2_kgco2e REAL
