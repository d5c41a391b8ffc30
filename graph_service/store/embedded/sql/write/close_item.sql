-- purpose: Believe the open fact of an item no longer.
-- params: recorded_to, item_row (by position)
-- returns: nothing
-- order: none
UPDATE item_fact SET recorded_to = ?
WHERE item_row = ? AND recorded_to IS NULL
