// The facts of a range of declaration rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row, received_revision and item_row (stable rows) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (declaration:Declaration)-[:IS]->(facts:DeclarationFacts)
USING INDEX declaration:Declaration(row)
WHERE declaration.row >= $first_row AND declaration.row < $end_row
WITH declaration, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
MATCH (item:Item)-[link:HAS_DECLARATION]->(declaration)
WHERE link.recorded_from <= $revision AND link.recorded_to > $revision
WITH collect(declaration.row) AS row, collect(declaration.recorded_from) AS received_revision,
  collect(item.row) AS item_row, collect(fact) AS facts
RETURN row, received_revision, item_row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.kgco2e] AS kgco2e,
  [fact IN facts | fact.fossil_kgco2e] AS fossil_kgco2e,
  [fact IN facts | fact.biogenic_uptake_kgco2e] AS biogenic_uptake_kgco2e,
  [fact IN facts | fact.reference_period_start] AS reference_period_start,
  [fact IN facts | fact.reference_period_end] AS reference_period_end,
  [fact IN facts | fact.valid_from] AS valid_from,
  [fact IN facts | fact.valid_to] AS valid_to,
  [fact IN facts | fact.primary_data_share] AS primary_data_share,
  [fact IN facts | fact.technological_dqr] AS technological_dqr,
  [fact IN facts | fact.temporal_dqr] AS temporal_dqr,
  [fact IN facts | fact.geographical_dqr] AS geographical_dqr,
  [fact IN facts | fact.exempted_share] AS exempted_share,
  [fact IN facts | fact.is_verified] AS is_verified,
  [fact IN facts | fact.gwp_set] AS gwp_set,
  [fact IN facts | fact.preceding] AS preceding,
  [fact IN facts | fact.comment] AS comment
