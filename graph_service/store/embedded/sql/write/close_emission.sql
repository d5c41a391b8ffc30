-- purpose: Believe the open fact of an emission no longer.
-- params: recorded_to, emission_row (by position)
-- returns: nothing
-- order: none
UPDATE emission_fact SET recorded_to = ?
WHERE emission_row = ? AND recorded_to IS NULL
