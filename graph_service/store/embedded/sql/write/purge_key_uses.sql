-- purpose: Forget the key uses that have expired.
-- params: :now_us
-- returns: nothing
-- order: none
DELETE FROM key_use WHERE expires_at_us <= :now_us
