-- purpose: Record a revision.
-- params: :number, :recorded_at_us, :recorded_by, :door, :summary
-- returns: nothing
-- order: none
INSERT INTO revision (number, recorded_at_us, recorded_by, door, summary)
VALUES (:number, :recorded_at_us, :recorded_by, :door, :summary)
