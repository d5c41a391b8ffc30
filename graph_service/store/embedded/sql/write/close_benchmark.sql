-- purpose: Believe the open fact of a benchmark no longer.
-- params: recorded_to, benchmark_row (by position)
-- returns: nothing
-- order: none
UPDATE benchmark_fact SET recorded_to = ?
WHERE benchmark_row = ? AND recorded_to IS NULL
