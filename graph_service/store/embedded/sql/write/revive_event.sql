-- purpose: Make an event that was given up due again, as if it had never been tried.
-- params: :event_id, :now_us
-- returns: sequence, no row where nothing was written
-- order: none
UPDATE outgoing_event
SET state = 'PENDING', attempts = 0, next_attempt_at_us = :now_us
WHERE event_id = :event_id AND state = 'DEAD'
RETURNING sequence
