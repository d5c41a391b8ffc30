-- purpose: At most one open fact per item.
-- params: none
-- returns: nothing
-- order: none
CREATE UNIQUE INDEX item_fact_open ON item_fact (item_row) WHERE recorded_to IS NULL
