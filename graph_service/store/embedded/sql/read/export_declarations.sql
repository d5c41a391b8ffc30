-- purpose: Every declaration as believed at a revision.
-- params: :revision
-- returns: uid, item_row, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e, reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share, technological_dqr, temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding, comment, land_use_change_kgco2e, land_management_biogenic_co2_kgco2e, land_management_removals_kgco2e, biogenic_non_co2_kgco2e, technological_removals_kgco2e, ccs_capture_kgco2e, rating_scale, boundary, geography, verification, document_format, document_id, document_version, document_unit, declared_unit_amount, unit_factor, product_ids, company_ids, classifications, created_at, state, is_published, reason, counter_request, received_revision
-- order: first recorded first
SELECT
    declaration.uid, fact.item_row, fact.kgco2e, fact.fossil_kgco2e, fact.biogenic_uptake_kgco2e,
    fact.reference_period_start, fact.reference_period_end, fact.valid_from, fact.valid_to,
    fact.primary_data_share, fact.technological_dqr, fact.temporal_dqr, fact.geographical_dqr,
    fact.exempted_share, fact.is_verified, fact.gwp_set, fact.preceding, fact.comment,
    fact.land_use_change_kgco2e, fact.land_management_biogenic_co2_kgco2e,
    fact.land_management_removals_kgco2e, fact.biogenic_non_co2_kgco2e, fact.technological_removals_kgco2e,
    fact.ccs_capture_kgco2e, fact.rating_scale, fact.boundary, fact.geography, fact.verification,
    fact.document_format, fact.document_id, fact.document_version, fact.document_unit,
    fact.declared_unit_amount, fact.unit_factor, fact.product_ids, fact.company_ids, fact.classifications,
    fact.created_at, fact.state, fact.is_published, fact.reason, fact.counter_request,
    declaration.first_revision AS received_revision
FROM declaration_fact AS fact
JOIN declaration ON declaration.row = fact.declaration_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.declaration_row
