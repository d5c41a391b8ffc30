// The facts of a range of supplier rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row (stable) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// Rows that were recorded before what suppliers push came in lack its words: they get what they meant then.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (supplier:Supplier)-[:IS]->(facts:SupplierFacts)
USING INDEX supplier:Supplier(row)
WHERE supplier.row >= $first_row AND supplier.row < $end_row
WITH supplier, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(supplier.row) AS row, collect(fact) AS facts
RETURN row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.name] AS name,
  [fact IN facts | fact.name_zh] AS name_zh,
  [fact IN facts | fact.region_uid] AS region_uid,
  [fact IN facts | fact.identifiers] AS identifiers,
  [fact IN facts | coalesce(fact.acceptance, 'REVIEW')] AS acceptance,
  [fact IN facts | fact.acceptance_tolerance] AS acceptance_tolerance
