-- purpose: Adds where a declaration holds.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN geography TEXT
