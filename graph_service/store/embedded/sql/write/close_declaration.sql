-- purpose: Believe the open fact of a declaration no longer.
-- params: recorded_to, declaration_row (by position)
-- returns: nothing
-- order: none
UPDATE declaration_fact SET recorded_to = ?
WHERE declaration_row = ? AND recorded_to IS NULL
