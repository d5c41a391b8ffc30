-- purpose: The highest row given to a benchmark, 0 without any.
-- params: none
-- returns: row
-- order: none
SELECT coalesce(max(row), 0) AS row FROM benchmark
