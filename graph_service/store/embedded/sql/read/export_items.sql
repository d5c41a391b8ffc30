-- purpose: Every item as believed at a revision.
-- params: :revision
-- returns: uid, name, name_zh, description, kind, declared_unit, equivalents, supplier_uid, category, region_uid, mass_kg, fossil_carbon_kg, biogenic_carbon_kg, capacity_per_year, identifiers, row
-- order: first recorded first
SELECT
    item.uid, fact.name, fact.name_zh, fact.description, fact.kind, fact.declared_unit, fact.equivalents,
    fact.supplier_uid, fact.category, fact.region_uid, fact.mass_kg, fact.fossil_carbon_kg,
    fact.biogenic_carbon_kg, fact.capacity_per_year, fact.identifiers, fact.item_row AS row
FROM item_fact AS fact
JOIN item ON item.row = fact.item_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.item_row
