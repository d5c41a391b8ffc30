-- purpose: Every region as believed at a revision.
-- params: :revision
-- returns: uid, name, name_zh, parent_uid
-- order: first recorded first
SELECT
    region.uid, fact.name, fact.name_zh, fact.parent_uid
FROM region_fact AS fact
JOIN region ON region.row = fact.region_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.region_row
