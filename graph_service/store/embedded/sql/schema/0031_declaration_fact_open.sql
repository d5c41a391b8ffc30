-- purpose: At most one open fact per declaration.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX declaration_fact_open ON declaration_fact (declaration_row) WHERE recorded_to IS NULL
