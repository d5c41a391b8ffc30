// A number per outgoing event, growing in the order of commit; lists go by it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT outgoing_event_sequence IF NOT EXISTS
FOR (event:OutgoingEvent) REQUIRE event.sequence IS UNIQUE
