// The facts of a range of factor rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row (stable) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (factor:Factor)-[:IS]->(facts:FactorFacts)
USING INDEX factor:Factor(row)
WHERE factor.row >= $first_row AND factor.row < $end_row
WITH factor, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(factor.row) AS row, collect(fact) AS facts
RETURN row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.name] AS name,
  [fact IN facts | fact.name_zh] AS name_zh,
  [fact IN facts | fact.flow] AS flow,
  [fact IN facts | fact.kind] AS kind,
  [fact IN facts | fact.kgco2e] AS kgco2e,
  [fact IN facts | fact.unit] AS unit,
  [fact IN facts | fact.region_uid] AS region_uid,
  [fact IN facts | fact.year] AS year,
  [fact IN facts | fact.boundary] AS boundary,
  [fact IN facts | fact.gwp_set] AS gwp_set,
  [fact IN facts | fact.source] AS source,
  [fact IN facts | fact.licence] AS licence,
  [fact IN facts | fact.technological_dqr] AS technological_dqr,
  [fact IN facts | fact.temporal_dqr] AS temporal_dqr,
  [fact IN facts | fact.geographical_dqr] AS geographical_dqr,
  [fact IN facts | fact.gsd] AS gsd
