-- purpose: Give a uid its row among items, unless it has one.
-- params: uid, first_revision (by position)
-- returns: nothing
-- order: none
INSERT INTO item (uid, first_revision) VALUES (?, ?)
ON CONFLICT (uid) DO NOTHING
