-- purpose: Forget the record of a key.
-- params: collection, record_key (by position)
-- returns: nothing
-- order: none
DELETE FROM side_record WHERE collection = ? AND record_key = ?
