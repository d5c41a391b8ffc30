-- purpose: The record of a key of a collection.
-- params: :collection, :record_key
-- returns: record_key, body, owner
-- order: none
SELECT record_key, body, owner
FROM side_record
WHERE collection = :collection AND record_key = :record_key
