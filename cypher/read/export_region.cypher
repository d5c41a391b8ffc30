// The facts of a range of region rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row (stable) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (region:Region)-[:IS]->(facts:RegionFacts)
USING INDEX region:Region(row)
WHERE region.row >= $first_row AND region.row < $end_row
WITH region, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(region.row) AS row, collect(fact) AS facts
RETURN row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.name] AS name,
  [fact IN facts | fact.name_zh] AS name_zh,
  [fact IN facts | fact.parent_uid] AS parent_uid
