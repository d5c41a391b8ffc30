// Open a SUPPLIES edge per row; amounts are in the input's declared unit.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $input_uid, $output_uid, $amount, $line, $share, $stage, $unit_cost, $currency, $capacity_per_year,
//   $gsd, $valid_from, $valid_to.
// Returns: opened, linked: how many edges, and 0. One record.
UNWIND range(0, $count - 1) AS k
MATCH (input:Item {uid: $input_uid[k]})
MATCH (output:Item {uid: $output_uid[k]})
CREATE (input)-[:SUPPLIES {
  uid: $uid[k], amount: $amount[k], line: $line[k], share: $share[k], stage: $stage[k], unit_cost: $unit_cost[k],
  currency: $currency[k], capacity_per_year: $capacity_per_year[k], gsd: $gsd[k], valid_from: $valid_from[k],
  valid_to: $valid_to[k], recorded_from: $revision, recorded_to: $open
}]->(output)
RETURN count(*) AS opened, 0 AS linked
