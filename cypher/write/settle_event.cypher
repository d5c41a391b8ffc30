// Write what came of an event and end its lease, if the lease is still that one. The caller has the lock of the Outbox.
// Params: $event_id, $held_until_us, the lease; $state, $attempts, $next_attempt_at_us, $last_answer.
// Returns: settled, 1 or 0. One record.
OPTIONAL MATCH (event:OutgoingEvent {event_id: $event_id})
USING INDEX SEEK event:OutgoingEvent(event_id)
WHERE event.leased_until_us = $held_until_us
SET event.state = $state, event.attempts = $attempts, event.next_attempt_at_us = $next_attempt_at_us,
  event.last_answer = $last_answer
REMOVE event.leased_until_us
RETURN count(event) AS settled
