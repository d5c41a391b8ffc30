// Which revision was the newest at a moment.
// Params: none.
// Returns: nothing.
CREATE INDEX revision_recorded_at IF NOT EXISTS
FOR (revision:Revision) ON (revision.recorded_at_us)
