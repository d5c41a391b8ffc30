// The side records of some keys of a collection, as last written; those of an unfinished revision are left out.
// Params: $collection; $key, a list.
// Returns: key, body, owner.
// Order: none.
MATCH (head:Head {name: 'head'})
UNWIND $key AS key
MATCH (record:SideRecord {collection: $collection, key: key})
USING INDEX SEEK record:SideRecord(collection, key)
WHERE record.recorded_from <= head.revision
RETURN record.key AS key, record.body AS body, record.owner AS owner
