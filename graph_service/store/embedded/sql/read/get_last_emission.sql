-- purpose: The highest row given to an emission, 0 without any.
-- params: none
-- returns: row
-- order: none
SELECT coalesce(max(row), 0) AS row FROM emission
