-- purpose: The highest row given to a region, 0 without any.
-- params: none
-- returns: row
-- order: none
SELECT coalesce(max(row), 0) AS row FROM region
