-- purpose: Adds of how many document units one product consists.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN declared_unit_amount REAL
