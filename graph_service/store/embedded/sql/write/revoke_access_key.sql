-- purpose: End an access key; one that has ended stays as it is.
-- params: :key_id, :revoked_at_us
-- returns: nothing
-- order: none
UPDATE access_key SET revoked_at_us = :revoked_at_us
WHERE key_id = :key_id AND revoked_at_us IS NULL
