// The outgoing events in one state, by sequence.
// Params: none.
// Returns: nothing.
CREATE INDEX outgoing_event_state IF NOT EXISTS
FOR (event:OutgoingEvent) ON (event.state, event.sequence)
