// One Outbox, whose lock everybody takes who changes what is to be sent.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT outbox_name IF NOT EXISTS
FOR (outbox:Outbox) REQUIRE outbox.name IS UNIQUE
