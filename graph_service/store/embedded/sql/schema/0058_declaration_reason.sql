-- purpose: Adds why a declaration was queried, rejected or deprecated.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN reason TEXT
