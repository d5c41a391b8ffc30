-- purpose: Adds who verified a declaration, and how.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN verification TEXT
