// The outgoing events to one partner, by sequence.
// Params: none.
// Returns: nothing.
CREATE INDEX outgoing_event_partner IF NOT EXISTS
FOR (event:OutgoingEvent) ON (event.partner_uid, event.sequence)
