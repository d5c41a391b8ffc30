-- purpose: Give a uid its row among declarations, unless it has one.
-- params: uid, first_revision (by position)
-- returns: nothing
-- order: none
INSERT INTO declaration (uid, first_revision) VALUES (?, ?)
ON CONFLICT (uid) DO NOTHING
