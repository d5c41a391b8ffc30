-- purpose: Every item touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, name, name_zh, description, kind, declared_unit, equivalents, supplier_uid, category, region_uid, mass_kg, fossil_carbon_kg, biogenic_carbon_kg, capacity_per_year, identifiers, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    item.uid, fact.name, fact.name_zh, fact.description, fact.kind, fact.declared_unit, fact.equivalents,
    fact.supplier_uid, fact.category, fact.region_uid, fact.mass_kg, fact.fossil_carbon_kg,
    fact.biogenic_carbon_kg, fact.capacity_per_year, fact.identifiers,
    fact.item_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM item_fact AS before
        WHERE before.item_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    item.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'item' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN item ON item.row = changed.row
LEFT JOIN item_fact AS fact ON fact.item_row = changed.row AND fact.recorded_from = changed.revision
ORDER BY changed.row
