// The factors opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; row (stable), first_revision and the
//   columns of a batch; opened_to, the end of each row. One record.
// Order: none.
CALL () {
  MATCH (facts:FactorFacts)
  USING INDEX facts:FactorFacts(recorded_to, uid)
  WHERE facts.recorded_to > $revision AND facts.recorded_to <= $to_revision AND facts.uid IS NOT NULL
  RETURN collect(facts.uid) AS closed_uid, collect(facts.recorded_from) AS closed_from
}
CALL () {
  MATCH (factor)-[:IS]->(facts:FactorFacts)
  USING INDEX facts:FactorFacts(recorded_from, uid)
  WHERE facts.recorded_from > $revision AND facts.recorded_from <= $to_revision AND facts.uid IS NOT NULL
  WITH properties(facts) AS fact, factor.row AS row, factor.recorded_from AS first_revision
  RETURN collect(fact) AS opened,
    collect(row) AS row,
    collect(first_revision) AS first_revision
}
RETURN closed_uid, closed_from, row, first_revision,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.name] AS name,
  [fact IN opened | fact.name_zh] AS name_zh,
  [fact IN opened | fact.flow] AS flow,
  [fact IN opened | fact.kind] AS kind,
  [fact IN opened | fact.kgco2e] AS kgco2e,
  [fact IN opened | fact.unit] AS unit,
  [fact IN opened | fact.region_uid] AS region_uid,
  [fact IN opened | fact.year] AS year,
  [fact IN opened | fact.boundary] AS boundary,
  [fact IN opened | fact.gwp_set] AS gwp_set,
  [fact IN opened | fact.source] AS source,
  [fact IN opened | fact.licence] AS licence,
  [fact IN opened | fact.technological_dqr] AS technological_dqr,
  [fact IN opened | fact.temporal_dqr] AS temporal_dqr,
  [fact IN opened | fact.geographical_dqr] AS geographical_dqr,
  [fact IN opened | fact.gsd] AS gsd
