-- purpose: Believe a fact of a declaration from a revision on.
-- params: declaration_row, recorded_from, item_row, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e, reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share, technological_dqr, temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding, comment (by position)
-- returns: nothing
-- order: none
INSERT INTO declaration_fact (
    declaration_row, recorded_from, item_row, kgco2e, fossil_kgco2e, biogenic_uptake_kgco2e,
    reference_period_start, reference_period_end, valid_from, valid_to, primary_data_share,
    technological_dqr, temporal_dqr, geographical_dqr, exempted_share, is_verified, gwp_set, preceding,
    comment
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
