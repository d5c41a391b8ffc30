-- purpose: The oldest revisions above a number.
-- params: :above, :first
-- returns: number, recorded_at_us, recorded_by, door, summary
-- order: oldest first
SELECT number, recorded_at_us, recorded_by, door, summary
FROM revision
WHERE number > :above
ORDER BY number
LIMIT :first
