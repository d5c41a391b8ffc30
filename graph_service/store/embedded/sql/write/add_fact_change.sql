-- purpose: Remember that a revision recorded or ended a row of a kind.
-- params: kind, revision, row (by position)
-- returns: nothing
-- order: none
INSERT INTO fact_change (kind, revision, row) VALUES (?, ?, ?)
