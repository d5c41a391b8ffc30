// Open a row of facts per factor.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $name, $name_zh, $flow, $kind, $kgco2e, $unit, $region_uid, $year, $boundary, $gwp_set, $source,
//   $licence, $technological_dqr, $temporal_dqr, $geographical_dqr, $gsd.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (factor:Factor {uid: $uid[k]})
CREATE (factor)-[:IS]->(:FactorFacts {
  uid: $uid[k], name: $name[k], name_zh: $name_zh[k], flow: $flow[k], kind: $kind[k], kgco2e: $kgco2e[k],
  unit: $unit[k], region_uid: $region_uid[k], year: $year[k], boundary: $boundary[k], gwp_set: $gwp_set[k],
  source: $source[k], licence: $licence[k], technological_dqr: $technological_dqr[k], temporal_dqr: $temporal_dqr[k],
  geographical_dqr: $geographical_dqr[k], gsd: $gsd[k], recorded_from: $revision, recorded_to: $open
})
SET factor.name = $name[k]
RETURN count(*) AS opened, 0 AS linked
