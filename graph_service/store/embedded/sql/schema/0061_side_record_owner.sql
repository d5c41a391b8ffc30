-- purpose: Lists the records of one owner by key.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX side_record_owner ON side_record (collection, owner, record_key)
