-- purpose: A page of a collection's records.
-- params: :collection, :after, :first
-- returns: record_key, body, owner
-- order: record_key
SELECT record_key, body, owner
FROM side_record
WHERE collection = :collection AND record_key > :after
ORDER BY record_key
LIMIT :first
