-- purpose: Adds a declaration's product ids, parted by spaces.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN product_ids TEXT
