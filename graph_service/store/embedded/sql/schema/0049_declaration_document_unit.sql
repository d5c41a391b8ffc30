-- purpose: Adds the unit of a declaration's document.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN document_unit TEXT
