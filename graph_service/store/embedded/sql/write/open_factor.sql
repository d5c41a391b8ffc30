-- purpose: Believe a fact of a factor from a revision on.
-- params: factor_row, recorded_from, name, name_zh, flow, kind, kgco2e, unit, region_uid, year, boundary, gwp_set, source, licence, technological_dqr, temporal_dqr, geographical_dqr, gsd (by position)
-- returns: nothing
-- order: none
INSERT INTO factor_fact (
    factor_row, recorded_from, name, name_zh, flow, kind, kgco2e, unit, region_uid, year, boundary, gwp_set,
    source, licence, technological_dqr, temporal_dqr, geographical_dqr, gsd
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
