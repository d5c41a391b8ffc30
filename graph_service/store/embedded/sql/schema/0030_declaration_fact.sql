-- purpose: What is believed of a declaration from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE declaration_fact (
    declaration_row INTEGER NOT NULL REFERENCES declaration (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    item_row INTEGER NOT NULL REFERENCES item (row),
    kgco2e REAL NOT NULL,
    fossil_kgco2e REAL,
    biogenic_uptake_kgco2e REAL,
    reference_period_start TEXT NOT NULL CHECK (reference_period_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    reference_period_end TEXT NOT NULL CHECK (reference_period_end GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    valid_from TEXT NOT NULL CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    primary_data_share REAL,
    technological_dqr REAL,
    temporal_dqr REAL,
    geographical_dqr REAL,
    exempted_share REAL,
    is_verified INTEGER CHECK (is_verified IN (0, 1)),
    gwp_set TEXT,
    preceding TEXT,
    comment TEXT,
    PRIMARY KEY (declaration_row, recorded_from)
) STRICT, WITHOUT ROWID
