// Remove side records, in the transaction that makes the batch visible.
// Params: $count. Columns, one value per record: $collection, $key.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
MATCH (record:SideRecord {collection: $collection[k], key: $key[k]})
USING INDEX SEEK record:SideRecord(collection, key)
DELETE record
