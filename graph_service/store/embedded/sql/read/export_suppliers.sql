-- purpose: Every supplier as believed at a revision.
-- params: :revision
-- returns: uid, name, name_zh, region_uid, identifiers, acceptance, acceptance_tolerance
-- order: first recorded first
SELECT
    supplier.uid, fact.name, fact.name_zh, fact.region_uid, fact.identifiers,
    fact.acceptance, fact.acceptance_tolerance
FROM supplier_fact AS fact
JOIN supplier ON supplier.row = fact.supplier_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.supplier_row
