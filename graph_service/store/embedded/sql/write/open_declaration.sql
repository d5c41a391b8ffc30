-- purpose: Believe a fact of a declaration from a revision on.
-- params: declaration_row, recorded_from, item_row, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e, reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share, technological_dqr, temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding, comment, land_use_change_kgco2e, land_management_biogenic_co2_kgco2e, land_management_removals_kgco2e, biogenic_non_co2_kgco2e, technological_removals_kgco2e, ccs_capture_kgco2e, rating_scale, boundary, geography, verification, document_format, document_id, document_version, document_unit, declared_unit_amount, unit_factor, product_ids, company_ids, classifications, created_at, state, is_published, reason, counter_request (by position)
-- returns: nothing
-- order: none
INSERT INTO declaration_fact (
    declaration_row, recorded_from, item_row, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e,
    reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share, technological_dqr,
    temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding, comment,
    land_use_change_kgco2e, land_management_biogenic_co2_kgco2e, land_management_removals_kgco2e,
    biogenic_non_co2_kgco2e, technological_removals_kgco2e, ccs_capture_kgco2e, rating_scale, boundary,
    geography, verification, document_format, document_id, document_version, document_unit,
    declared_unit_amount, unit_factor, product_ids, company_ids, classifications, created_at, state,
    is_published, reason, counter_request
)
VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?, ?
)
