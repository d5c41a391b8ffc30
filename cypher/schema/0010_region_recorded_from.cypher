// Which region nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX region_recorded_from IF NOT EXISTS
FOR (region:Region) ON (region.recorded_from)
