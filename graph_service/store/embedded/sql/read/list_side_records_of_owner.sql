-- purpose: A page of a collection's records of one owner.
-- params: :collection, :owner, :after, :first
-- returns: record_key, body, owner
-- order: record_key
SELECT record_key, body, owner
FROM side_record
WHERE collection = :collection AND owner = :owner AND record_key > :after
ORDER BY record_key
LIMIT :first
