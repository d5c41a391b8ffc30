// The supplies opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; the columns of a batch; opened_to, the end of each row.
//   One record.
// Order: none.
CALL () {
  MATCH ()-[supply:SUPPLIES]->()
  USING INDEX supply:SUPPLIES(recorded_to, uid)
  WHERE supply.recorded_to > $revision AND supply.recorded_to <= $to_revision AND supply.uid IS NOT NULL
  RETURN collect(supply.uid) AS closed_uid, collect(supply.recorded_from) AS closed_from
}
CALL () {
  MATCH (input)-[supply:SUPPLIES]->(output)
  USING INDEX supply:SUPPLIES(recorded_from, uid)
  WHERE supply.recorded_from > $revision AND supply.recorded_from <= $to_revision AND supply.uid IS NOT NULL
  WITH properties(supply) AS fact, input.uid AS input_uid, output.uid AS output_uid,
    head([(input)-[:IS]->(facts:ItemFacts)
      WHERE facts.recorded_from <= $to_revision AND facts.recorded_to > $to_revision | facts.declared_unit]) AS unit
  RETURN collect(fact) AS opened,
    collect(input_uid) AS input_uid,
    collect(output_uid) AS output_uid,
    collect(coalesce(unit, '')) AS unit
}
RETURN closed_uid, closed_from, input_uid, output_uid, unit,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.amount] AS amount,
  [fact IN opened | fact.line] AS line,
  [fact IN opened | fact.share] AS share,
  [fact IN opened | fact.stage] AS stage,
  [fact IN opened | fact.unit_cost] AS unit_cost,
  [fact IN opened | fact.currency] AS currency,
  [fact IN opened | fact.capacity_per_year] AS capacity_per_year,
  [fact IN opened | fact.gsd] AS gsd,
  [fact IN opened | fact.valid_from] AS valid_from,
  [fact IN opened | fact.valid_to] AS valid_to
