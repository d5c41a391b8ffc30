-- purpose: Believe the open fact of a region no longer.
-- params: recorded_to, region_row (by position)
-- returns: nothing
-- order: none
UPDATE region_fact SET recorded_to = ?
WHERE region_row = ? AND recorded_to IS NULL
