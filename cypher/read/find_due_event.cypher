// Whether any outgoing event may be due, without a lock.
// Params: $now_us.
// Returns: event_id. At most one record.
MATCH (event:OutgoingEvent)
USING INDEX SEEK event:OutgoingEvent(state, next_attempt_at_us)
WHERE event.state = 'PENDING' AND event.next_attempt_at_us <= $now_us
RETURN event.event_id AS event_id
LIMIT 1
