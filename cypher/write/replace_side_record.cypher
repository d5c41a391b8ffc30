// Write what side records hold anew, in the transaction that makes the batch visible.
// Params: $count. Columns, one value per record: $collection, $key, $body, $owner.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
MATCH (record:SideRecord {collection: $collection[k], key: $key[k]})
USING INDEX SEEK record:SideRecord(collection, key)
SET record.body = $body[k], record.owner = $owner[k]
