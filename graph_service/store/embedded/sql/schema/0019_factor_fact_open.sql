-- purpose: At most one open fact per factor.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX factor_fact_open ON factor_fact (factor_row) WHERE recorded_to IS NULL
