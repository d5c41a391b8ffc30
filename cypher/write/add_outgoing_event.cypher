// New outgoing events, numbered in the order of the columns; readers see them from the revision on.
// Params: $count, $first_sequence, $revision. Columns, one value per event:
//   $event_id, $partner_uid, $aggregate, $payload, $created_at_us, $next_attempt_at_us, $attempts, $state,
//   $leased_until_us, $last_answer.
// Returns: nothing.
UNWIND range(0, $count - 1) AS k
CREATE (:OutgoingEvent {
  event_id: $event_id[k], partner_uid: $partner_uid[k], aggregate: $aggregate[k], payload: $payload[k],
  created_at_us: $created_at_us[k], next_attempt_at_us: $next_attempt_at_us[k], attempts: $attempts[k],
  state: $state[k], leased_until_us: $leased_until_us[k], last_answer: $last_answer[k],
  sequence: $first_sequence + k, recorded_from: $revision
})
