-- purpose: Believe a fact of an item from a revision on.
-- params: item_row, recorded_from, name, name_zh, description, kind, declared_unit, equivalents, supplier_uid, category, region_uid, mass_kg, fossil_carbon_kg, biogenic_carbon_kg, capacity_per_year, identifiers (by position)
-- returns: nothing
-- order: none
INSERT INTO item_fact (
    item_row, recorded_from, name, name_zh, description, kind, declared_unit, equivalents, supplier_uid,
    category, region_uid, mass_kg, fossil_carbon_kg, biogenic_carbon_kg, capacity_per_year, identifiers
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
