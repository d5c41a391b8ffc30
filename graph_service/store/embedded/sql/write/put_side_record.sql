-- purpose: Keep a record in place of the one of the same key.
-- params: collection, record_key, body, owner (by position)
-- returns: nothing
-- order: none
INSERT INTO side_record (collection, record_key, body, owner) VALUES (?, ?, ?, ?)
ON CONFLICT (collection, record_key) DO UPDATE SET body = excluded.body, owner = excluded.owner
