// One use per client and idempotency key: another client's key is another key.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT key_use IF NOT EXISTS
FOR (use:KeyUse) REQUIRE (use.client, use.idempotency_key) IS UNIQUE
