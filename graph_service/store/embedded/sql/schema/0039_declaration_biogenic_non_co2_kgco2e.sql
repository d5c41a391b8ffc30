-- purpose: Adds a declaration's biogenic emissions other than CO2.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN biogenic_non_co2_kgco2e REAL
