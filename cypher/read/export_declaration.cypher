// The facts of a range of declaration rows as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: row, received_revision and item_row (stable rows) and the columns of the facts, in one record.
// Order: none; the reader sorts by row.
// Rows that were recorded before what suppliers push came in lack its words: they get what they meant then.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (declaration:Declaration)-[:IS]->(facts:DeclarationFacts)
USING INDEX declaration:Declaration(row)
WHERE declaration.row >= $first_row AND declaration.row < $end_row
WITH declaration, properties(facts) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
MATCH (item:Item)-[link:HAS_DECLARATION]->(declaration)
WHERE link.recorded_from <= $revision AND link.recorded_to > $revision
WITH collect(declaration.row) AS row, collect(declaration.recorded_from) AS received_revision,
  collect(item.row) AS item_row, collect(fact) AS facts
RETURN row, received_revision, item_row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.kgco2e] AS kgco2e,
  [fact IN facts | fact.fossil_kgco2e] AS fossil_kgco2e,
  [fact IN facts | fact.biogenic_uptake_kgco2e] AS biogenic_uptake_kgco2e,
  [fact IN facts | fact.reference_period_start] AS reference_period_start,
  [fact IN facts | fact.reference_period_end] AS reference_period_end,
  [fact IN facts | fact.valid_from] AS valid_from,
  [fact IN facts | fact.valid_to] AS valid_to,
  [fact IN facts | fact.primary_data_share] AS primary_data_share,
  [fact IN facts | fact.technological_dqr] AS technological_dqr,
  [fact IN facts | fact.temporal_dqr] AS temporal_dqr,
  [fact IN facts | fact.geographical_dqr] AS geographical_dqr,
  [fact IN facts | fact.exempted_share] AS exempted_share,
  [fact IN facts | fact.is_verified] AS is_verified,
  [fact IN facts | fact.gwp_set] AS gwp_set,
  [fact IN facts | fact.preceding] AS preceding,
  [fact IN facts | fact.comment] AS comment,
  [fact IN facts | fact.land_use_change_kgco2e] AS land_use_change_kgco2e,
  [fact IN facts | fact.land_management_biogenic_co2_kgco2e] AS land_management_biogenic_co2_kgco2e,
  [fact IN facts | fact.land_management_removals_kgco2e] AS land_management_removals_kgco2e,
  [fact IN facts | fact.biogenic_non_co2_kgco2e] AS biogenic_non_co2_kgco2e,
  [fact IN facts | fact.technological_removals_kgco2e] AS technological_removals_kgco2e,
  [fact IN facts | fact.ccs_capture_kgco2e] AS ccs_capture_kgco2e,
  [fact IN facts | coalesce(fact.rating_scale, 'V3')] AS rating_scale,
  [fact IN facts | coalesce(fact.boundary, 'CRADLE_TO_GATE')] AS boundary,
  [fact IN facts | fact.geography] AS geography,
  [fact IN facts | fact.verification] AS verification,
  [fact IN facts | coalesce(fact.document_format, 'TABLE')] AS document_format,
  [fact IN facts | fact.document_id] AS document_id,
  [fact IN facts | fact.document_version] AS document_version,
  [fact IN facts | fact.document_unit] AS document_unit,
  [fact IN facts | fact.declared_unit_amount] AS declared_unit_amount,
  [fact IN facts | fact.unit_factor] AS unit_factor,
  [fact IN facts | fact.product_ids] AS product_ids,
  [fact IN facts | fact.company_ids] AS company_ids,
  [fact IN facts | fact.classifications] AS classifications,
  [fact IN facts | fact.created_at] AS created_at,
  [fact IN facts | coalesce(fact.state, 'ACCEPTED')] AS state,
  [fact IN facts | fact.is_published] AS is_published,
  [fact IN facts | fact.reason] AS reason,
  [fact IN facts | fact.counter_request] AS counter_request
