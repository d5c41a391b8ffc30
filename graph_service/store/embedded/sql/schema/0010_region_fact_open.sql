-- purpose: At most one open fact per region.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX region_fact_open ON region_fact (region_row) WHERE recorded_to IS NULL
