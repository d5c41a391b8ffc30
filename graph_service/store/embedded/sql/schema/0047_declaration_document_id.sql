-- purpose: Adds how its sender calls a declaration, where its uid is another.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN document_id TEXT
