-- purpose: The revision of a number.
-- params: :number
-- returns: number, recorded_at_us, recorded_by, door, summary
-- order: none
SELECT number, recorded_at_us, recorded_by, door, summary
FROM revision
WHERE number = :number
