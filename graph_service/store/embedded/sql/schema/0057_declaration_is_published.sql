-- purpose: Adds whether a declaration is our own footprint, told to partners.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN is_published INTEGER CHECK (is_published IN (0, 1))
