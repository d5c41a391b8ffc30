-- purpose: What is believed of a supply from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE supply_fact (
    supply_row INTEGER NOT NULL REFERENCES supply (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    input_row INTEGER NOT NULL REFERENCES item (row),
    output_row INTEGER NOT NULL REFERENCES item (row),
    amount REAL NOT NULL,
    line TEXT,
    share REAL NOT NULL,
    stage TEXT NOT NULL,
    unit_cost REAL,
    currency TEXT,
    capacity_per_year REAL,
    gsd REAL,
    valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    PRIMARY KEY (supply_row, recorded_from)
) STRICT, WITHOUT ROWID
