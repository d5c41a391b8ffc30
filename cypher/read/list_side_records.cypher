// The side records of a collection above a key; those of an unfinished revision are left out.
// Params: $collection, $after, $first.
// Returns: key, body, owner.
// Order: key, ascending by code points.
MATCH (head:Head {name: 'head'})
CALL (head) {
  MATCH (record:SideRecord)
  USING INDEX SEEK record:SideRecord(collection, key)
  WHERE record.collection = $collection AND record.key > $after AND record.recorded_from <= head.revision
  RETURN record
  ORDER BY record.collection, record.key
  LIMIT $first
}
RETURN record.key AS key, record.body AS body, record.owner AS owner
ORDER BY key
