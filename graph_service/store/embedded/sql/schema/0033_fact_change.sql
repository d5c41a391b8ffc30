-- purpose: Which rows of which kind a revision recorded or ended, so that changes are found without reading all facts.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE fact_change (
    kind TEXT NOT NULL,
    revision INTEGER NOT NULL REFERENCES revision (number),
    row INTEGER NOT NULL,
    PRIMARY KEY (kind, revision, row)
) STRICT, WITHOUT ROWID
