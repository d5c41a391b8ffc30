-- purpose: A page of the events in a state, to one partner or, where it is null, to all.
-- params: :state, :partner_uid, :after, :first
-- returns: event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state, leased_until_us, last_answer, sequence
-- order: sequence
SELECT
    event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state,
    leased_until_us, last_answer, sequence
FROM outgoing_event
WHERE state = :state AND sequence > :after AND partner_uid = coalesce(:partner_uid, partner_uid)
ORDER BY sequence
LIMIT :first
