// Which side records an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX side_record_recorded_from IF NOT EXISTS
FOR (record:SideRecord) ON (record.recorded_from)
