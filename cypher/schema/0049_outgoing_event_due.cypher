// Which outgoing events are due.
// Params: none.
// Returns: nothing.
CREATE INDEX outgoing_event_due IF NOT EXISTS
FOR (event:OutgoingEvent) ON (event.state, event.next_attempt_at_us)
