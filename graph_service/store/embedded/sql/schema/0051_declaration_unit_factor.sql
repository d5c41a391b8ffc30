-- purpose: Adds of how many document units one declared unit of the item consists.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN unit_factor REAL
