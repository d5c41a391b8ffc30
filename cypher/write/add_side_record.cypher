// New side records; readers see them from the revision on.
// Params: $count, $revision. Columns, one value per record: $collection, $key, $body, $owner.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
CREATE (:SideRecord {
  collection: $collection[k], key: $key[k], body: $body[k], owner: $owner[k], recorded_from: $revision
})
