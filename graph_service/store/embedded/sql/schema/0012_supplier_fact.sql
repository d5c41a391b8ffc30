-- purpose: What is believed of a supplier from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE supplier_fact (
    supplier_row INTEGER NOT NULL REFERENCES supplier (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    name TEXT NOT NULL,
    name_zh TEXT,
    region_uid TEXT REFERENCES region (uid),
    identifiers TEXT,
    PRIMARY KEY (supplier_row, recorded_from)
) STRICT, WITHOUT ROWID
