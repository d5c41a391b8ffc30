// The highest sequence that an outgoing event was given, by unfinished revisions too.
// Params: none.
// Returns: sequence. At most one record.
MATCH (event:OutgoingEvent)
WHERE event.sequence IS NOT NULL
RETURN event.sequence AS sequence
ORDER BY sequence DESC
LIMIT 1
