// Open a row of facts per declaration, and its HAS_DECLARATION edge.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $item_uid, $kgco2e, $fossil_kgco2e, $biogenic_uptake_kgco2e, $reference_period_start,
//   $reference_period_end, $valid_from, $valid_to, $primary_data_share, $technological_dqr, $temporal_dqr,
//   $geographical_dqr, $exempted_share, $is_verified, $gwp_set, $preceding, $comment.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (declaration:Declaration {uid: $uid[k]})
MATCH (item:Item {uid: $item_uid[k]})
CREATE (declaration)-[:IS]->(:DeclarationFacts {
  uid: $uid[k], kgco2e: $kgco2e[k], fossil_kgco2e: $fossil_kgco2e[k],
  biogenic_uptake_kgco2e: $biogenic_uptake_kgco2e[k], reference_period_start: $reference_period_start[k],
  reference_period_end: $reference_period_end[k], valid_from: $valid_from[k], valid_to: $valid_to[k],
  primary_data_share: $primary_data_share[k], technological_dqr: $technological_dqr[k],
  temporal_dqr: $temporal_dqr[k], geographical_dqr: $geographical_dqr[k], exempted_share: $exempted_share[k],
  is_verified: $is_verified[k], gwp_set: $gwp_set[k], preceding: $preceding[k], comment: $comment[k],
  recorded_from: $revision, recorded_to: $open
})
CREATE (item)-[:HAS_DECLARATION {recorded_from: $revision, recorded_to: $open}]->(declaration)
RETURN count(*) AS opened, count(*) AS linked
