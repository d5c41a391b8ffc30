// The side records of a collection above a key; those of an unfinished revision are left out.
// Params: $collection, $after, $first.
// Returns: key, body, owner.
// Order: key, ascending by code points.
MATCH (head:Head {name: 'head'})
MATCH (record:SideRecord)
USING INDEX record:SideRecord(collection, key)
WHERE record.collection = $collection AND record.key > $after AND record.recorded_from <= head.revision
WITH record, record.key AS key
ORDER BY key
LIMIT $first
RETURN key, record.body AS body, record.owner AS owner
ORDER BY key
