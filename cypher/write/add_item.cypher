// New item nodes, in the order of the columns.
// Params: $count, $first_row, $revision. Columns, one value per row, empty where all are null:
//   $uid, $name.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
CREATE (:Item {uid: $uid[k], row: $first_row + k, recorded_from: $revision, name: $name[k]})
