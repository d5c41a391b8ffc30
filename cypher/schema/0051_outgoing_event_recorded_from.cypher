// Which outgoing events an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX outgoing_event_recorded_from IF NOT EXISTS
FOR (event:OutgoingEvent) ON (event.recorded_from)
