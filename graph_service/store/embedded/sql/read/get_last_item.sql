-- purpose: The highest row given to an item, 0 without any.
-- params: none
-- returns: row
-- order: none
SELECT coalesce(max(row), 0) AS row FROM item
