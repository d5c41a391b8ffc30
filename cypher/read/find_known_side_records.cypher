// Which of some side records are there already. The caller has the lock of the Head.
// Params: $count. Columns, one value per record: $collection, $key.
// Returns: places, the positions of those that are, a list. One record.
UNWIND range(0, $count - 1) AS k
MATCH (record:SideRecord {collection: $collection[k], key: $key[k]})
USING INDEX SEEK record:SideRecord(collection, key)
RETURN collect(k) AS places
