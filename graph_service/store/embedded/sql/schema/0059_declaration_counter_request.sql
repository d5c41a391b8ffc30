-- purpose: Adds what a declaration's sender is asked for instead.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE declaration_fact ADD COLUMN counter_request TEXT
