// Which supplier nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX supplier_recorded_from IF NOT EXISTS
FOR (supplier:Supplier) ON (supplier.recorded_from)
