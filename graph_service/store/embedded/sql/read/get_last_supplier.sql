-- purpose: The highest row given to a supplier, 0 without any.
-- params: none
-- returns: row
-- order: none
SELECT coalesce(max(row), 0) AS row FROM supplier
