-- purpose: Keep an event for a partner, after all that are there.
-- params: event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state, leased_until_us, last_answer (by position)
-- returns: nothing
-- order: none
INSERT INTO outgoing_event (
    event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state,
    leased_until_us, last_answer
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
