// Which declaration nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX declaration_recorded_from IF NOT EXISTS
FOR (declaration:Declaration) ON (declaration.recorded_from)
