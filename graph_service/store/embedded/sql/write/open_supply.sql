-- purpose: Believe a fact of a supply from a revision on.
-- params: supply_row, recorded_from, input_row, output_row, amount, line, share, stage, unit_cost, currency, capacity_per_year, gsd, valid_from, valid_to (by position)
-- returns: nothing
-- order: none
INSERT INTO supply_fact (
    supply_row, recorded_from, input_row, output_row, amount, line, share, stage, unit_cost, currency,
    capacity_per_year, gsd, valid_from, valid_to
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
