// How many rows of which kind the revisions after one and up to another opened, and how many were open at both.
// Params: $revision, $to_revision.
// Returns: revisions, how many from the one to the other; listed, how many after the first tell their rows;
//   changed_rows, recorded and ended by these; opened_rows, per kind; open_before and open_after, per kind, null
//   without such revisions. One record.
MATCH (revision:Revision)
WHERE revision.number >= $revision AND revision.number <= $to_revision
WITH revision ORDER BY revision.number
WITH collect(revision) AS found
WITH found, head(found).open_rows AS open_before, [later IN tail(found) WHERE later.changed_rows IS NOT NULL] AS told
RETURN size(found) AS revisions, size(told) AS listed,
  reduce(rows = 0, later IN told | rows + later.changed_rows) AS changed_rows,
  [kind IN range(0, coalesce(size(open_before), 0) - 1) |
    reduce(rows = 0, later IN told | rows + later.opened_rows[kind])] AS opened_rows,
  open_before, last(found).open_rows AS open_after
