-- purpose: How many rows a revision recorded and ended, all of them listed in fact_change; null where they are not.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE revision ADD COLUMN changed_rows INTEGER
