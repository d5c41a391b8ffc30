-- purpose: Every supplier touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, name, name_zh, region_uid, identifiers, acceptance, acceptance_tolerance, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    supplier.uid, fact.name, fact.name_zh, fact.region_uid, fact.identifiers,
    fact.acceptance, fact.acceptance_tolerance,
    fact.supplier_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM supplier_fact AS before
        WHERE before.supplier_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    supplier.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'supplier' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN supplier ON supplier.row = changed.row
LEFT JOIN supplier_fact AS fact ON fact.supplier_row = changed.row AND fact.recorded_from = changed.revision
ORDER BY changed.row
