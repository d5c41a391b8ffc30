-- purpose: What is believed of an emission from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE emission_fact (
    emission_row INTEGER NOT NULL REFERENCES emission (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    item_row INTEGER NOT NULL REFERENCES item (row),
    stage TEXT NOT NULL,
    component TEXT NOT NULL,
    kgco2e REAL,
    activity REAL,
    activity_unit TEXT,
    factor_uid TEXT REFERENCES factor (uid),
    flow TEXT,
    data_type TEXT NOT NULL,
    is_verified INTEGER CHECK (is_verified IN (0, 1)),
    technological_dqr REAL,
    temporal_dqr REAL,
    geographical_dqr REAL,
    gsd REAL,
    gwp_set TEXT,
    source TEXT,
    period_start TEXT CHECK (period_start GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    period_end TEXT CHECK (period_end GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    PRIMARY KEY (emission_row, recorded_from)
) STRICT, WITHOUT ROWID
