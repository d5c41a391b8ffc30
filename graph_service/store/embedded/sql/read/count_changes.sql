-- purpose: Rows changed by this connection since it was opened.
-- params: none
-- returns: rows
-- order: none
SELECT total_changes() AS rows
