-- purpose: Every factor touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, name, name_zh, flow, kind, kgco2e, unit, region_uid, year, boundary, gwp_set, source, licence, technological_dqr, temporal_dqr, geographical_dqr, gsd, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    factor.uid, fact.name, fact.name_zh, fact.flow, fact.kind, fact.kgco2e, fact.unit, fact.region_uid,
    fact.year, fact.boundary, fact.gwp_set, fact.source, fact.licence, fact.technological_dqr,
    fact.temporal_dqr, fact.geographical_dqr, fact.gsd,
    fact.factor_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM factor_fact AS before
        WHERE before.factor_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    factor.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'factor' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN factor ON factor.row = changed.row
LEFT JOIN factor_fact AS fact ON fact.factor_row = changed.row AND fact.recorded_from = changed.revision
ORDER BY changed.row
