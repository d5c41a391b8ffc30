// Open an emission per row, with its EMITS and USES_FACTOR edges.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $item_uid, $stage, $component, $kgco2e, $activity, $activity_unit, $factor_uid, $flow, $data_type,
//   $is_verified, $technological_dqr, $temporal_dqr, $geographical_dqr, $gsd, $gwp_set, $source, $period_start,
//   $period_end, $valid_from, $valid_to.
// Returns: opened, linked: how many rows, and edges to a factor. One record.
UNWIND range(0, $count - 1) AS k
MATCH (item:Item {uid: $item_uid[k]})
OPTIONAL MATCH (factor:Factor {uid: $factor_uid[k]})
CREATE (item)-[:EMITS]->(emission:Emission {
  uid: $uid[k], stage: $stage[k], component: $component[k], kgco2e: $kgco2e[k], activity: $activity[k],
  activity_unit: $activity_unit[k], factor_uid: $factor_uid[k], flow: $flow[k], data_type: $data_type[k],
  is_verified: $is_verified[k], technological_dqr: $technological_dqr[k], temporal_dqr: $temporal_dqr[k],
  geographical_dqr: $geographical_dqr[k], gsd: $gsd[k], gwp_set: $gwp_set[k], source: $source[k],
  period_start: $period_start[k], period_end: $period_end[k], valid_from: $valid_from[k], valid_to: $valid_to[k],
  recorded_from: $revision, recorded_to: $open
})
FOREACH (linked IN CASE WHEN factor IS NULL THEN [] ELSE [factor] END |
  CREATE (emission)-[:USES_FACTOR]->(linked)
)
RETURN count(*) AS opened, count(factor) AS linked
