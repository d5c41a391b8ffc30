-- purpose: Every emission touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, item_uid, stage, component, kgco2e, activity, activity_unit, factor_uid, flow, data_type, is_verified, technological_dqr, temporal_dqr, geographical_dqr, gsd, gwp_set, source, period_start, period_end, valid_from, valid_to, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    emission.uid, item.uid AS item_uid, fact.stage, fact.component, fact.kgco2e, fact.activity,
    fact.activity_unit, fact.factor_uid, fact.flow, fact.data_type, fact.is_verified, fact.technological_dqr,
    fact.temporal_dqr, fact.geographical_dqr, fact.gsd, fact.gwp_set, fact.source, fact.period_start,
    fact.period_end, fact.valid_from, fact.valid_to,
    fact.emission_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM emission_fact AS before
        WHERE before.emission_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    emission.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'emission' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN emission ON emission.row = changed.row
LEFT JOIN emission_fact AS fact ON fact.emission_row = changed.row AND fact.recorded_from = changed.revision
LEFT JOIN item ON item.row = fact.item_row
ORDER BY changed.row
