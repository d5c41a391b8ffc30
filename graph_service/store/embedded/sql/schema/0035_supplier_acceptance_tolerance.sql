-- purpose: Adds the largest relative difference that a supplier's pushes are accepted with unreviewed.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE supplier_fact ADD COLUMN acceptance_tolerance REAL
