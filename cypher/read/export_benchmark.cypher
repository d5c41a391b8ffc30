// The facts of a range of benchmark rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row (stable) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (benchmark:Benchmark)-[:IS]->(facts:BenchmarkFacts)
USING INDEX benchmark:Benchmark(row)
WHERE benchmark.row >= $first_row AND benchmark.row < $end_row
WITH benchmark, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(benchmark.row) AS row, collect(fact) AS facts
RETURN row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.category] AS category,
  [fact IN facts | fact.declared_unit] AS declared_unit,
  [fact IN facts | fact.limit_kgco2e] AS limit_kgco2e,
  [fact IN facts | fact.baseline_kgco2e] AS baseline_kgco2e,
  [fact IN facts | fact.exemplary_kgco2e] AS exemplary_kgco2e,
  [fact IN facts | fact.valid_from] AS valid_from,
  [fact IN facts | fact.source] AS source,
  [fact IN facts | fact.is_example] AS is_example
