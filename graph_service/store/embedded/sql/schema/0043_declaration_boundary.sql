-- purpose: Adds a declaration's boundary; until now all of them ended at the gate.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN boundary TEXT NOT NULL DEFAULT 'CRADLE_TO_GATE'
