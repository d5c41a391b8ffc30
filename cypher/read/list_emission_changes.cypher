// The emissions opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; the columns of a batch; opened_to, the end of each row.
//   One record.
// Order: none.
CALL () {
  MATCH (emission:Emission)
  USING INDEX emission:Emission(recorded_to, uid)
  WHERE emission.recorded_to > $revision AND emission.recorded_to <= $to_revision AND emission.uid IS NOT NULL
  RETURN collect(emission.uid) AS closed_uid, collect(emission.recorded_from) AS closed_from
}
CALL () {
  MATCH (item)-[:EMITS]->(emission:Emission)
  USING INDEX emission:Emission(recorded_from, uid)
  WHERE emission.recorded_from > $revision AND emission.recorded_from <= $to_revision AND emission.uid IS NOT NULL
  WITH properties(emission) AS fact, item.uid AS item_uid
  RETURN collect(fact) AS opened,
    collect(item_uid) AS item_uid
}
RETURN closed_uid, closed_from, item_uid,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.stage] AS stage,
  [fact IN opened | fact.component] AS component,
  [fact IN opened | fact.kgco2e] AS kgco2e,
  [fact IN opened | fact.activity] AS activity,
  [fact IN opened | fact.activity_unit] AS activity_unit,
  [fact IN opened | fact.factor_uid] AS factor_uid,
  [fact IN opened | fact.flow] AS flow,
  [fact IN opened | fact.data_type] AS data_type,
  [fact IN opened | fact.is_verified] AS is_verified,
  [fact IN opened | fact.technological_dqr] AS technological_dqr,
  [fact IN opened | fact.temporal_dqr] AS temporal_dqr,
  [fact IN opened | fact.geographical_dqr] AS geographical_dqr,
  [fact IN opened | fact.gsd] AS gsd,
  [fact IN opened | fact.gwp_set] AS gwp_set,
  [fact IN opened | fact.source] AS source,
  [fact IN opened | fact.period_start] AS period_start,
  [fact IN opened | fact.period_end] AS period_end,
  [fact IN opened | fact.valid_from] AS valid_from,
  [fact IN opened | fact.valid_to] AS valid_to
