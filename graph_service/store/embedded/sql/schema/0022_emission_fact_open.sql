-- purpose: At most one open fact per emission.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX emission_fact_open ON emission_fact (emission_row) WHERE recorded_to IS NULL
