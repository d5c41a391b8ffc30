// The outgoing events to a partner above a sequence, in whatever state; those of an unfinished revision are left out.
// Params: $partner_uid, $after, $first.
// Returns: the columns of an event.
// Order: sequence.
MATCH (head:Head {name: 'head'})
CALL (head) {
  MATCH (event:OutgoingEvent)
  USING INDEX SEEK event:OutgoingEvent(partner_uid, sequence)
  WHERE event.partner_uid = $partner_uid AND event.sequence > $after AND event.recorded_from <= head.revision
  RETURN event
  ORDER BY event.partner_uid, event.sequence
  LIMIT $first
}
RETURN event.event_id AS event_id, event.partner_uid AS partner_uid, event.aggregate AS aggregate,
  event.payload AS payload, event.created_at_us AS created_at_us, event.next_attempt_at_us AS next_attempt_at_us,
  event.attempts AS attempts, event.state AS state, event.leased_until_us AS leased_until_us,
  event.last_answer AS last_answer, event.sequence AS sequence
ORDER BY sequence
