-- purpose: Write what an attempt came to and end its lease, if the lease is still that one.
-- params: :event_id, :leased_until_us, :state, :attempts, :next_attempt_at_us, :last_answer
-- returns: sequence, no row where nothing was written
-- order: none
UPDATE outgoing_event
SET state = :state, attempts = :attempts, next_attempt_at_us = :next_attempt_at_us, last_answer = :last_answer,
    leased_until_us = NULL
WHERE event_id = :event_id AND leased_until_us = :leased_until_us
RETURNING sequence
