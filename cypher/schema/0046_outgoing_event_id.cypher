// One outgoing event per id.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT outgoing_event_id IF NOT EXISTS
FOR (event:OutgoingEvent) REQUIRE event.event_id IS UNIQUE
