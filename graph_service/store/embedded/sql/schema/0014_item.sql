-- purpose: Every item ever recorded: its uid and its row, which never change. Rows grow in the order of first recording.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE item (
    row INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    first_revision INTEGER NOT NULL REFERENCES revision (number)
) STRICT
