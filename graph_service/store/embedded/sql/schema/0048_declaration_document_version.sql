-- purpose: Adds the version that its sender gave a declaration, where its uid is another.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN document_version INTEGER
