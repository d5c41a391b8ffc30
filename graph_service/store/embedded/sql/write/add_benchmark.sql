-- purpose: Give a uid its row among benchmarks, unless it has one.
-- params: uid, first_revision (by position)
-- returns: nothing
-- order: none
INSERT INTO benchmark (uid, first_revision) VALUES (?, ?)
ON CONFLICT (uid) DO NOTHING
