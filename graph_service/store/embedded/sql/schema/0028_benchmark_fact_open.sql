-- purpose: At most one open fact per benchmark.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX benchmark_fact_open ON benchmark_fact (benchmark_row) WHERE recorded_to IS NULL
