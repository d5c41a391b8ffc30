// Open a row of facts per declaration, and its HAS_DECLARATION edge.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $item_uid, $kgco2e, $fossil_kgco2e, $biogenic_uptake_kgco2e, $reference_period_start,
//   $reference_period_end, $valid_from, $valid_to, $primary_data_share, $technological_dqr, $temporal_dqr,
//   $geographical_dqr, $exempted_share, $is_verified, $gwp_set, $preceding, $comment, $land_use_change_kgco2e,
//   $land_management_biogenic_co2_kgco2e, $land_management_removals_kgco2e, $biogenic_non_co2_kgco2e,
//   $technological_removals_kgco2e, $ccs_capture_kgco2e, $rating_scale, $boundary, $geography, $verification,
//   $document_format, $document_id, $document_version, $document_unit, $declared_unit_amount, $unit_factor,
//   $product_ids, $company_ids, $classifications, $created_at, $state, $is_published, $reason, $counter_request.
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
  land_use_change_kgco2e: $land_use_change_kgco2e[k],
  land_management_biogenic_co2_kgco2e: $land_management_biogenic_co2_kgco2e[k],
  land_management_removals_kgco2e: $land_management_removals_kgco2e[k],
  biogenic_non_co2_kgco2e: $biogenic_non_co2_kgco2e[k],
  technological_removals_kgco2e: $technological_removals_kgco2e[k], ccs_capture_kgco2e: $ccs_capture_kgco2e[k],
  rating_scale: $rating_scale[k], boundary: $boundary[k], geography: $geography[k], verification: $verification[k],
  document_format: $document_format[k], document_id: $document_id[k], document_version: $document_version[k],
  document_unit: $document_unit[k], declared_unit_amount: $declared_unit_amount[k], unit_factor: $unit_factor[k],
  product_ids: $product_ids[k], company_ids: $company_ids[k], classifications: $classifications[k],
  created_at: $created_at[k], state: $state[k], is_published: $is_published[k], reason: $reason[k],
  counter_request: $counter_request[k], recorded_from: $revision, recorded_to: $open
})
CREATE (item)-[:HAS_DECLARATION {recorded_from: $revision, recorded_to: $open}]->(declaration)
RETURN count(*) AS opened, count(*) AS linked
