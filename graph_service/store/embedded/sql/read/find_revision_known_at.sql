-- purpose: The newest revision recorded at or before a moment.
-- params: :known_at_us
-- returns: number, recorded_at_us, recorded_by, door, summary
-- order: newest first
SELECT number, recorded_at_us, recorded_by, door, summary
FROM revision
WHERE recorded_at_us <= :known_at_us
ORDER BY recorded_at_us DESC, number DESC
LIMIT 1
