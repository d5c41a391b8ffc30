// The suppliers opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; row (stable), first_revision and the
//   columns of a batch; opened_to, the end of each row. One record.
// Order: none.
// Rows that were recorded before what suppliers push came in lack its words: they get what they meant then.
CALL () {
  MATCH (facts:SupplierFacts)
  USING INDEX facts:SupplierFacts(recorded_to, uid)
  WHERE facts.recorded_to > $revision AND facts.recorded_to <= $to_revision AND facts.uid IS NOT NULL
  RETURN collect(facts.uid) AS closed_uid, collect(facts.recorded_from) AS closed_from
}
CALL () {
  MATCH (supplier)-[:IS]->(facts:SupplierFacts)
  USING INDEX facts:SupplierFacts(recorded_from, uid)
  WHERE facts.recorded_from > $revision AND facts.recorded_from <= $to_revision AND facts.uid IS NOT NULL
  WITH properties(facts) AS fact, supplier.row AS row, supplier.recorded_from AS first_revision
  RETURN collect(fact) AS opened,
    collect(row) AS row,
    collect(first_revision) AS first_revision
}
RETURN closed_uid, closed_from, row, first_revision,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.name] AS name,
  [fact IN opened | fact.name_zh] AS name_zh,
  [fact IN opened | fact.region_uid] AS region_uid,
  [fact IN opened | fact.identifiers] AS identifiers,
  [fact IN opened | coalesce(fact.acceptance, 'REVIEW')] AS acceptance,
  [fact IN opened | fact.acceptance_tolerance] AS acceptance_tolerance
