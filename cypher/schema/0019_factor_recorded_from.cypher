// Which factor nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX factor_recorded_from IF NOT EXISTS
FOR (factor:Factor) ON (factor.recorded_from)
