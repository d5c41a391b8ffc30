-- purpose: Every region touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, name, name_zh, parent_uid, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    region.uid, fact.name, fact.name_zh, fact.parent_uid,
    fact.region_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM region_fact AS before
        WHERE before.region_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    region.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'region' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN region ON region.row = changed.row
LEFT JOIN region_fact AS fact ON fact.region_row = changed.row AND fact.recorded_from = changed.revision
ORDER BY changed.row
