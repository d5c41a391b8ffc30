// Take the lock of the Outbox for this transaction: who has it sees all events that were committed.
// Params: $writer, who asks, kept for those who look into the graph.
// Returns: nothing.
MERGE (outbox:Outbox {name: 'outbox'})
SET outbox.locked_by = $writer
