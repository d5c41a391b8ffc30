-- purpose: Adds when its sender made a declaration, RFC 3339 with Z.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN created_at TEXT
