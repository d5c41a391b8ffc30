-- purpose: Every declaration touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, item_uid, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e, reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share, technological_dqr, temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding, comment, land_use_change_kgco2e, land_management_biogenic_co2_kgco2e, land_management_removals_kgco2e, biogenic_non_co2_kgco2e, technological_removals_kgco2e, ccs_capture_kgco2e, rating_scale, boundary, geography, verification, document_format, document_id, document_version, document_unit, declared_unit_amount, unit_factor, product_ids, company_ids, classifications, created_at, state, is_published, reason, counter_request, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    declaration.uid, item.uid AS item_uid, fact.kgco2e, fact.fossil_kgco2e, fact.biogenic_uptake_kgco2e,
    fact.reference_period_start, fact.reference_period_end, fact.valid_from, fact.valid_to,
    fact.primary_data_share, fact.technological_dqr, fact.temporal_dqr, fact.geographical_dqr,
    fact.exempted_share, fact.is_verified, fact.gwp_set, fact.preceding, fact.comment,
    fact.land_use_change_kgco2e, fact.land_management_biogenic_co2_kgco2e,
    fact.land_management_removals_kgco2e, fact.biogenic_non_co2_kgco2e, fact.technological_removals_kgco2e,
    fact.ccs_capture_kgco2e, fact.rating_scale, fact.boundary, fact.geography, fact.verification,
    fact.document_format, fact.document_id, fact.document_version, fact.document_unit,
    fact.declared_unit_amount, fact.unit_factor, fact.product_ids, fact.company_ids, fact.classifications,
    fact.created_at, fact.state, fact.is_published, fact.reason, fact.counter_request,
    fact.declaration_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM declaration_fact AS before
        WHERE before.declaration_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    declaration.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'declaration' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN declaration ON declaration.row = changed.row
LEFT JOIN declaration_fact AS fact ON fact.declaration_row = changed.row AND fact.recorded_from = changed.revision
LEFT JOIN item ON item.row = fact.item_row
ORDER BY changed.row
