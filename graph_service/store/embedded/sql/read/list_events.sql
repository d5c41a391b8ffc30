-- purpose: A page of all events.
-- params: :after, :first
-- returns: event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state, leased_until_us, last_answer, sequence
-- order: sequence
SELECT
    event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state,
    leased_until_us, last_answer, sequence
FROM outgoing_event
WHERE sequence > :after
ORDER BY sequence
LIMIT :first
