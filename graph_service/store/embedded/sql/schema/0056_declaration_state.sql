-- purpose: Adds a declaration's state; until now a recorded one counted, so it is an accepted one.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN state TEXT NOT NULL DEFAULT 'ACCEPTED'
