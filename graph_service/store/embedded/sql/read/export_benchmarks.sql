-- purpose: Every benchmark as believed at a revision.
-- params: :revision
-- returns: uid, category, declared_unit, limit_kgco2e, baseline_kgco2e, exemplary_kgco2e, valid_from, source, is_example
-- order: first recorded first
SELECT
    benchmark.uid, fact.category, fact.declared_unit, fact.limit_kgco2e, fact.baseline_kgco2e,
    fact.exemplary_kgco2e, fact.valid_from, fact.source, fact.is_example
FROM benchmark_fact AS fact
JOIN benchmark ON benchmark.row = fact.benchmark_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.benchmark_row
