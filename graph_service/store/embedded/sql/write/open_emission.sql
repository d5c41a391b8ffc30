-- purpose: Believe a fact of an emission from a revision on.
-- params: emission_row, recorded_from, item_row, stage, component, kgco2e, activity, activity_unit, factor_uid, flow, data_type, is_verified, technological_dqr, temporal_dqr, geographical_dqr, gsd, gwp_set, source, period_start, period_end, valid_from, valid_to (by position)
-- returns: nothing
-- order: none
INSERT INTO emission_fact (
    emission_row, recorded_from, item_row, stage, component, kgco2e, activity, activity_unit, factor_uid,
    flow, data_type, is_verified, technological_dqr, temporal_dqr, geographical_dqr, gsd, gwp_set, source,
    period_start, period_end, valid_from, valid_to
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
