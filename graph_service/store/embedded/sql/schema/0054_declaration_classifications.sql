-- purpose: Adds a declaration's product classifications, parted by spaces.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN classifications TEXT
