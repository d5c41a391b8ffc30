-- purpose: Every factor as believed at a revision.
-- params: :revision
-- returns: uid, name, name_zh, flow, kind, kgco2e, unit, region_uid, year, boundary, gwp_set, source, licence, technological_dqr, temporal_dqr, geographical_dqr, gsd
-- order: first recorded first
SELECT
    factor.uid, fact.name, fact.name_zh, fact.flow, fact.kind, fact.kgco2e, fact.unit, fact.region_uid,
    fact.year, fact.boundary, fact.gwp_set, fact.source, fact.licence, fact.technological_dqr,
    fact.temporal_dqr, fact.geographical_dqr, fact.gsd
FROM factor_fact AS fact
JOIN factor ON factor.row = fact.factor_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.factor_row
