-- purpose: Adds what becomes of a supplier's pushes; each is reviewed where nobody has said otherwise.
-- params: none
-- returns: nothing
-- order: none
ALTER TABLE supplier_fact ADD COLUMN acceptance TEXT NOT NULL DEFAULT 'REVIEW'
