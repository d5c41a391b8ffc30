-- purpose: Believe a fact of a supplier from a revision on.
-- params: supplier_row, recorded_from, name, name_zh, region_uid, identifiers, acceptance, acceptance_tolerance (by position)
-- returns: nothing
-- order: none
INSERT INTO supplier_fact (
    supplier_row, recorded_from, name, name_zh, region_uid, identifiers, acceptance, acceptance_tolerance
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
