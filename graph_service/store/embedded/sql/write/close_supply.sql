-- purpose: Believe the open fact of a supply no longer.
-- params: recorded_to, supply_row (by position)
-- returns: nothing
-- order: none
UPDATE supply_fact SET recorded_to = ?
WHERE supply_row = ? AND recorded_to IS NULL
