-- purpose: The newest revisions between two numbers, both ends left out.
-- params: :above, :below, :first
-- returns: number, recorded_at_us, recorded_by, door, summary
-- order: newest first
SELECT number, recorded_at_us, recorded_by, door, summary
FROM revision
WHERE number > :above AND number < :below
ORDER BY number DESC
LIMIT :first
