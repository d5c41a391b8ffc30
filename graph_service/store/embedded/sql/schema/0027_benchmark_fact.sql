-- purpose: What is believed of a benchmark from one revision up to another; recorded_to null: still.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE benchmark_fact (
    benchmark_row INTEGER NOT NULL REFERENCES benchmark (row),
    recorded_from INTEGER NOT NULL REFERENCES revision (number),
    recorded_to INTEGER REFERENCES revision (number) CHECK (recorded_to > recorded_from),
    category TEXT NOT NULL,
    declared_unit TEXT NOT NULL,
    limit_kgco2e REAL NOT NULL,
    baseline_kgco2e REAL NOT NULL,
    exemplary_kgco2e REAL NOT NULL,
    valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    source TEXT NOT NULL,
    is_example INTEGER NOT NULL CHECK (is_example IN (0, 1)),
    PRIMARY KEY (benchmark_row, recorded_from)
) STRICT, WITHOUT ROWID
