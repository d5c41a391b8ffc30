-- purpose: Believe the open fact of a supplier no longer.
-- params: recorded_to, supplier_row (by position)
-- returns: nothing
-- order: none
UPDATE supplier_fact SET recorded_to = ?
WHERE supplier_row = ? AND recorded_to IS NULL
