-- purpose: Record a revision.
-- params: :number, :recorded_at_us, :recorded_by, :door, :summary, :changed_rows
-- returns: nothing
-- order: none
INSERT INTO revision (number, recorded_at_us, recorded_by, door, summary, changed_rows)
VALUES (:number, :recorded_at_us, :recorded_by, :door, :summary, :changed_rows)
