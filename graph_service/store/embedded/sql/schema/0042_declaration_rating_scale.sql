-- purpose: Adds the scale of a declaration's ratings; until now they were those of PACT V3.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN rating_scale TEXT NOT NULL DEFAULT 'V3'
