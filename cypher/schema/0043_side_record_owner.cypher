// The side records of one owner, by key.
// Params: none.
// Returns: nothing.
CREATE INDEX side_record_owner IF NOT EXISTS
FOR (record:SideRecord) ON (record.collection, record.owner, record.key)
