-- purpose: Adds what a declaration came as; until now all of them were rows of tables.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN document_format TEXT NOT NULL DEFAULT 'TABLE'
