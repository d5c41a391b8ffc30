-- purpose: Accepted batches, numbered without gaps from 0, the empty store.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE revision (
    number INTEGER PRIMARY KEY,
    recorded_at_us INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    door TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT
