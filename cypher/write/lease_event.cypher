// Lease events that are due: the first pending one of each partner and aggregate, one per partner, none of a partner
// that holds a lease. The caller has the lock of the Outbox.
// Params: $now_us, $leased_until_us, $most.
// Returns: the columns of an event.
// Order: next_attempt_at_us, sequence.
MATCH (head:Head {name: 'head'})
MATCH (event:OutgoingEvent)
USING INDEX SEEK event:OutgoingEvent(state, sequence)
WHERE event.state = 'PENDING' AND event.sequence > 0 AND event.recorded_from <= head.revision
WITH event ORDER BY event.sequence
WITH event.partner_uid AS partner_uid, event.aggregate AS aggregate, head(collect(event)) AS event,
  max(event.leased_until_us) AS leased_until_us
WITH partner_uid, collect(event) AS events, max(leased_until_us) AS leased_until_us
WHERE leased_until_us IS NULL OR leased_until_us <= $now_us
UNWIND events AS event
WITH partner_uid, event
WHERE event.next_attempt_at_us <= $now_us
WITH partner_uid, event ORDER BY event.next_attempt_at_us, event.sequence
WITH partner_uid, head(collect(event)) AS event
WITH event, event.next_attempt_at_us AS next_attempt_at_us, event.sequence AS sequence
ORDER BY next_attempt_at_us, sequence
LIMIT $most
SET event.leased_until_us = $leased_until_us
RETURN event.event_id AS event_id, event.partner_uid AS partner_uid, event.aggregate AS aggregate,
  event.payload AS payload, event.created_at_us AS created_at_us, next_attempt_at_us, event.attempts AS attempts,
  event.state AS state, event.leased_until_us AS leased_until_us, event.last_answer AS last_answer, sequence
ORDER BY next_attempt_at_us, sequence
