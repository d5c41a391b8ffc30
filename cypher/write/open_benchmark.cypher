// Open a row of facts per benchmark.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $category, $declared_unit, $limit_kgco2e, $baseline_kgco2e, $exemplary_kgco2e, $valid_from, $source,
//   $is_example.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (benchmark:Benchmark {uid: $uid[k]})
CREATE (benchmark)-[:IS]->(:BenchmarkFacts {
  uid: $uid[k], category: $category[k], declared_unit: $declared_unit[k], limit_kgco2e: $limit_kgco2e[k],
  baseline_kgco2e: $baseline_kgco2e[k], exemplary_kgco2e: $exemplary_kgco2e[k], valid_from: $valid_from[k],
  source: $source[k], is_example: $is_example[k], recorded_from: $revision, recorded_to: $open
})
RETURN count(*) AS opened, 0 AS linked
