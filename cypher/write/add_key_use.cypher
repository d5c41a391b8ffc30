// Record the use of an idempotency key; one that has expired is used anew.
// Params: $client, $idempotency_key, $body_hash, $answer, $revision, $expires_at_us.
// Returns: nothing.
MERGE (use:KeyUse {client: $client, idempotency_key: $idempotency_key})
SET use.body_hash = $body_hash, use.answer = $answer, use.revision = $revision, use.expires_at_us = $expires_at_us
