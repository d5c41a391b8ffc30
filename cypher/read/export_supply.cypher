// The supplies of a range of outputs as believed at a revision, as columns of equal length.
// Params: $revision, $first_row, $end_row.
// Returns: input_row and output_row (stable) and the columns of the facts, in one record.
// Order: none.
// All properties are read at once: one by one each walks the chain of them again (1.7 times the server's CPU).
MATCH (input:Item)-[supply:SUPPLIES]->(output:Item)
USING INDEX output:Item(row)
WHERE output.row >= $first_row AND output.row < $end_row
WITH input, output, properties(supply) AS fact
WHERE fact.recorded_from <= $revision AND fact.recorded_to > $revision
WITH collect(input.row) AS input_row, collect(output.row) AS output_row, collect(fact) AS facts
RETURN input_row, output_row,
  [fact IN facts | fact.uid] AS uid,
  [fact IN facts | fact.amount] AS amount,
  [fact IN facts | fact.line] AS line,
  [fact IN facts | fact.share] AS share,
  [fact IN facts | fact.stage] AS stage,
  [fact IN facts | fact.unit_cost] AS unit_cost,
  [fact IN facts | fact.currency] AS currency,
  [fact IN facts | fact.capacity_per_year] AS capacity_per_year,
  [fact IN facts | fact.gsd] AS gsd,
  [fact IN facts | fact.valid_from] AS valid_from,
  [fact IN facts | fact.valid_to] AS valid_to
