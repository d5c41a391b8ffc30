-- purpose: Every supply as believed at a revision.
-- params: :revision
-- returns: uid, input_row, output_row, amount, line, share, stage, unit_cost, currency, capacity_per_year, gsd, valid_from, valid_to
-- order: first recorded first
SELECT
    supply.uid, fact.input_row, fact.output_row, fact.amount, fact.line, fact.share, fact.stage,
    fact.unit_cost, fact.currency, fact.capacity_per_year, fact.gsd, fact.valid_from, fact.valid_to
FROM supply_fact AS fact
JOIN supply ON supply.row = fact.supply_row
WHERE fact.recorded_from <= :revision
  AND (fact.recorded_to IS NULL OR fact.recorded_to > :revision)
ORDER BY fact.supply_row
