// Which key uses have expired.
// Params: none.
// Returns: nothing.
CREATE INDEX key_use_expiry IF NOT EXISTS
FOR (use:KeyUse) ON (use.expires_at_us)
