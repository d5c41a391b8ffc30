-- purpose: What is believed of a factor from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE factor_fact (
    factor_row INTEGER NOT NULL REFERENCES factor (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    name TEXT NOT NULL,
    name_zh TEXT,
    flow TEXT NOT NULL,
    kind TEXT NOT NULL,
    kgco2e REAL NOT NULL,
    unit TEXT NOT NULL,
    region_uid TEXT NOT NULL REFERENCES region (uid),
    year INTEGER NOT NULL,
    boundary TEXT NOT NULL,
    gwp_set TEXT NOT NULL,
    source TEXT NOT NULL,
    licence TEXT NOT NULL,
    technological_dqr REAL,
    temporal_dqr REAL,
    geographical_dqr REAL,
    gsd REAL,
    PRIMARY KEY (factor_row, recorded_from)
) STRICT, WITHOUT ROWID
