// The declarations opened after one revision and up to another, as columns of equal length, and those closed.
// Params: $revision, $to_revision.
// Returns: closed_uid and closed_from, of equal length; row (stable), first_revision and the
//   columns of a batch; opened_to, the end of each row. One record.
// Order: none.
// Rows that were recorded before what suppliers push came in lack its words: they get what they meant then.
CALL () {
  MATCH (facts:DeclarationFacts)
  USING INDEX facts:DeclarationFacts(recorded_to, uid)
  WHERE facts.recorded_to > $revision AND facts.recorded_to <= $to_revision AND facts.uid IS NOT NULL
  RETURN collect(facts.uid) AS closed_uid, collect(facts.recorded_from) AS closed_from
}
CALL () {
  MATCH (declaration)-[:IS]->(facts:DeclarationFacts)
  USING INDEX facts:DeclarationFacts(recorded_from, uid)
  WHERE facts.recorded_from > $revision AND facts.recorded_from <= $to_revision AND facts.uid IS NOT NULL
  WITH properties(facts) AS fact, declaration.row AS row, declaration.recorded_from AS first_revision,
    head([(item)-[link:HAS_DECLARATION]->(declaration) WHERE link.recorded_from = facts.recorded_from | item.uid])
      AS item_uid
  RETURN collect(fact) AS opened,
    collect(row) AS row,
    collect(first_revision) AS first_revision,
    collect(item_uid) AS item_uid
}
RETURN closed_uid, closed_from, row, first_revision, item_uid,
  [fact IN opened | fact.recorded_to] AS opened_to,
  [fact IN opened | fact.uid] AS uid,
  [fact IN opened | fact.kgco2e] AS kgco2e,
  [fact IN opened | fact.fossil_kgco2e] AS fossil_kgco2e,
  [fact IN opened | fact.biogenic_uptake_kgco2e] AS biogenic_uptake_kgco2e,
  [fact IN opened | fact.reference_period_start] AS reference_period_start,
  [fact IN opened | fact.reference_period_end] AS reference_period_end,
  [fact IN opened | fact.valid_from] AS valid_from,
  [fact IN opened | fact.valid_to] AS valid_to,
  [fact IN opened | fact.primary_data_share] AS primary_data_share,
  [fact IN opened | fact.technological_dqr] AS technological_dqr,
  [fact IN opened | fact.temporal_dqr] AS temporal_dqr,
  [fact IN opened | fact.geographical_dqr] AS geographical_dqr,
  [fact IN opened | fact.exempted_share] AS exempted_share,
  [fact IN opened | fact.is_verified] AS is_verified,
  [fact IN opened | fact.gwp_set] AS gwp_set,
  [fact IN opened | fact.preceding] AS preceding,
  [fact IN opened | fact.comment] AS comment,
  [fact IN opened | fact.land_use_change_kgco2e] AS land_use_change_kgco2e,
  [fact IN opened | fact.land_management_biogenic_co2_kgco2e] AS land_management_biogenic_co2_kgco2e,
  [fact IN opened | fact.land_management_removals_kgco2e] AS land_management_removals_kgco2e,
  [fact IN opened | fact.biogenic_non_co2_kgco2e] AS biogenic_non_co2_kgco2e,
  [fact IN opened | fact.technological_removals_kgco2e] AS technological_removals_kgco2e,
  [fact IN opened | fact.ccs_capture_kgco2e] AS ccs_capture_kgco2e,
  [fact IN opened | coalesce(fact.rating_scale, 'V3')] AS rating_scale,
  [fact IN opened | coalesce(fact.boundary, 'CRADLE_TO_GATE')] AS boundary,
  [fact IN opened | fact.geography] AS geography,
  [fact IN opened | fact.verification] AS verification,
  [fact IN opened | coalesce(fact.document_format, 'TABLE')] AS document_format,
  [fact IN opened | fact.document_id] AS document_id,
  [fact IN opened | fact.document_version] AS document_version,
  [fact IN opened | fact.document_unit] AS document_unit,
  [fact IN opened | fact.declared_unit_amount] AS declared_unit_amount,
  [fact IN opened | fact.unit_factor] AS unit_factor,
  [fact IN opened | fact.product_ids] AS product_ids,
  [fact IN opened | fact.company_ids] AS company_ids,
  [fact IN opened | fact.classifications] AS classifications,
  [fact IN opened | fact.created_at] AS created_at,
  [fact IN opened | coalesce(fact.state, 'ACCEPTED')] AS state,
  [fact IN opened | fact.is_published] AS is_published,
  [fact IN opened | fact.reason] AS reason,
  [fact IN opened | fact.counter_request] AS counter_request
