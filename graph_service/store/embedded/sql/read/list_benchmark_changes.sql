-- purpose: Every benchmark touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, category, declared_unit, limit_kgco2e, baseline_kgco2e, exemplary_kgco2e, valid_from, source, is_example, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    benchmark.uid, fact.category, fact.declared_unit, fact.limit_kgco2e, fact.baseline_kgco2e,
    fact.exemplary_kgco2e, fact.valid_from, fact.source, fact.is_example,
    fact.benchmark_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM benchmark_fact AS before
        WHERE before.benchmark_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    benchmark.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'benchmark' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN benchmark ON benchmark.row = changed.row
LEFT JOIN benchmark_fact AS fact ON fact.benchmark_row = changed.row AND fact.recorded_from = changed.revision
ORDER BY changed.row
