-- purpose: What is believed of a region from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE region_fact (
    region_row INTEGER NOT NULL REFERENCES region (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    name TEXT NOT NULL,
    name_zh TEXT,
    parent_uid TEXT REFERENCES region (uid),
    PRIMARY KEY (region_row, recorded_from)
) STRICT, WITHOUT ROWID
