// The benchmarks opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; row (stable), first_revision and the
//   columns of a batch; opened_to, the end of each row. One record.
// Order: none.
CALL () {
  MATCH (facts:BenchmarkFacts)
  USING INDEX facts:BenchmarkFacts(recorded_to, uid)
  WHERE facts.recorded_to > $revision AND facts.recorded_to <= $to_revision AND facts.uid IS NOT NULL
  RETURN collect(facts.uid) AS closed_uid, collect(facts.recorded_from) AS closed_from
}
CALL () {
  MATCH (benchmark)-[:IS]->(facts:BenchmarkFacts)
  USING INDEX facts:BenchmarkFacts(recorded_from, uid)
  WHERE facts.recorded_from > $revision AND facts.recorded_from <= $to_revision AND facts.uid IS NOT NULL
  WITH properties(facts) AS fact, benchmark.row AS row, benchmark.recorded_from AS first_revision
  RETURN collect(fact) AS opened,
    collect(row) AS row,
    collect(first_revision) AS first_revision
}
RETURN closed_uid, closed_from, row, first_revision,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.category] AS category,
  [fact IN opened | fact.declared_unit] AS declared_unit,
  [fact IN opened | fact.limit_kgco2e] AS limit_kgco2e,
  [fact IN opened | fact.baseline_kgco2e] AS baseline_kgco2e,
  [fact IN opened | fact.exemplary_kgco2e] AS exemplary_kgco2e,
  [fact IN opened | fact.valid_from] AS valid_from,
  [fact IN opened | fact.source] AS source,
  [fact IN opened | fact.is_example] AS is_example
