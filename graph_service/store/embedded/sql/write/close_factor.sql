-- purpose: Believe the open fact of a factor no longer.
-- params: recorded_to, factor_row (by position)
-- returns: nothing
-- order: none
UPDATE factor_fact SET recorded_to = ?
WHERE factor_row = ? AND recorded_to IS NULL
