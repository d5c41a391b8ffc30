-- purpose: At most one open fact per supplier.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX supplier_fact_open ON supplier_fact (supplier_row) WHERE recorded_to IS NULL
