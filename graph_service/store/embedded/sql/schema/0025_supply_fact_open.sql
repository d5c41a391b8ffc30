-- purpose: At most one open fact per supply.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX supply_fact_open ON supply_fact (supply_row) WHERE recorded_to IS NULL
