// Make a dead event pending again, without attempts. The caller has the lock of the Outbox.
// Params: $event_id, $now_us.
// Returns: revived, 1 or 0. One record.
OPTIONAL MATCH (event:OutgoingEvent {event_id: $event_id})
USING INDEX SEEK event:OutgoingEvent(event_id)
WHERE event.state = 'DEAD'
SET event.state = 'PENDING', event.attempts = 0, event.next_attempt_at_us = $now_us
RETURN count(event) AS revived
