-- purpose: The newest revision.
-- params: none
-- returns: number, recorded_at_us, recorded_by, door, summary
-- order: newest first
SELECT number, recorded_at_us, recorded_by, door, summary
FROM revision
ORDER BY number DESC
LIMIT 1
