// Which item nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX item_recorded_from IF NOT EXISTS
FOR (item:Item) ON (item.recorded_from)
