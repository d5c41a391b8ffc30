-- purpose: Every supply touched after one revision and up to another: what is believed at the later one, and whether it was at the earlier.
-- params: :revision, :to_revision
-- returns: uid, input_uid, output_uid, amount, unit, line, share, stage, unit_cost, currency, capacity_per_year, gsd, valid_from, valid_to, is_believed, was_believed, first_revision
-- order: first recorded first
SELECT
    supply.uid, input.uid AS input_uid, output.uid AS output_uid, fact.amount,
    (
        SELECT input_fact.declared_unit
        FROM item_fact AS input_fact
        WHERE input_fact.item_row = fact.input_row AND input_fact.recorded_from <= :to_revision
        ORDER BY input_fact.recorded_from DESC
        LIMIT 1
    ) AS unit,
    fact.line, fact.share, fact.stage, fact.unit_cost, fact.currency, fact.capacity_per_year, fact.gsd,
    fact.valid_from, fact.valid_to,
    fact.supply_row IS NOT NULL AS is_believed,
    coalesce((
        SELECT before.recorded_to IS NULL OR before.recorded_to > :revision
        FROM supply_fact AS before
        WHERE before.supply_row = changed.row AND before.recorded_from <= :revision
        ORDER BY before.recorded_from DESC
        LIMIT 1
    ), 0) AS was_believed,
    supply.first_revision
FROM (
    SELECT row, max(revision) AS revision
    FROM fact_change
    WHERE kind = 'supply' AND revision > :revision AND revision <= :to_revision
    GROUP BY row
) AS changed
CROSS JOIN supply ON supply.row = changed.row
LEFT JOIN supply_fact AS fact ON fact.supply_row = changed.row AND fact.recorded_from = changed.revision
LEFT JOIN item AS input ON input.row = fact.input_row
LEFT JOIN item AS output ON output.row = fact.output_row
ORDER BY changed.row
