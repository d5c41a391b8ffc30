-- purpose: Believe a fact of a benchmark from a revision on.
-- params: benchmark_row, recorded_from, category, declared_unit, limit_kgco2e, baseline_kgco2e, exemplary_kgco2e, valid_from, source, is_example (by position)
-- returns: nothing
-- order: none
INSERT INTO benchmark_fact (
    benchmark_row, recorded_from, category, declared_unit, limit_kgco2e, baseline_kgco2e, exemplary_kgco2e,
    valid_from, source, is_example
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
