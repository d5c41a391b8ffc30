-- purpose: Finds the key uses that have expired.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX key_use_expiry ON key_use (expires_at_us)
