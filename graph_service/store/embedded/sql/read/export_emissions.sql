-- purpose: Every emission as believed at a revision.
-- params: :revision
-- returns: uid, item_row, stage, component, kgco2e, activity, activity_unit, factor_uid, flow, data_type, is_verified, technological_dqr, temporal_dqr, geographical_dqr, gsd, gwp_set, source, period_start, period_end, valid_from, valid_to
-- order: first recorded first
SELECT
    emission.uid, fact.item_row, fact.stage, fact.component, fact.kgco2e, fact.activity, fact.activity_unit,
    fact.factor_uid, fact.flow, fact.data_type, fact.is_verified, fact.technological_dqr, fact.temporal_dqr,
    fact.geographical_dqr, fact.gsd, fact.gwp_set, fact.source, fact.period_start, fact.period_end,
    fact.valid_from, fact.valid_to
FROM emission_fact AS fact
JOIN emission ON emission.row = fact.emission_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.emission_row
