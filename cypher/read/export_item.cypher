// The facts of a range of item rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row (stable) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (item:Item)-[:IS]->(facts:ItemFacts)
USING INDEX item:Item(row)
WHERE item.row >= $first_row AND item.row < $end_row
WITH item, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(item.row) AS row, collect(fact) AS facts
RETURN row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.name] AS name,
  [fact IN facts | fact.name_zh] AS name_zh,
  [fact IN facts | fact.description] AS description,
  [fact IN facts | fact.kind] AS kind,
  [fact IN facts | fact.declared_unit] AS declared_unit,
  [fact IN facts | fact.equivalents] AS equivalents,
  [fact IN facts | fact.supplier_uid] AS supplier_uid,
  [fact IN facts | fact.category] AS category,
  [fact IN facts | fact.region_uid] AS region_uid,
  [fact IN facts | fact.mass_kg] AS mass_kg,
  [fact IN facts | fact.fossil_carbon_kg] AS fossil_carbon_kg,
  [fact IN facts | fact.biogenic_carbon_kg] AS biogenic_carbon_kg,
  [fact IN facts | fact.capacity_per_year] AS capacity_per_year,
  [fact IN facts | fact.identifiers] AS identifiers
