-- purpose: What is believed of an item from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE item_fact (
    item_row INTEGER NOT NULL REFERENCES item (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    name TEXT,
    name_zh TEXT,
    description TEXT,
    kind TEXT NOT NULL,
    declared_unit TEXT NOT NULL,
    equivalents TEXT,
    supplier_uid TEXT REFERENCES supplier (uid),
    category TEXT,
    region_uid TEXT REFERENCES region (uid),
    mass_kg REAL,
    fossil_carbon_kg REAL,
    biogenic_carbon_kg REAL,
    capacity_per_year REAL,
    identifiers TEXT,
    PRIMARY KEY (item_row, recorded_from)
) STRICT, WITHOUT ROWID
