-- purpose: Adds a declaration's company ids, parted by spaces.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN company_ids TEXT
