// One access key per id.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT access_key_id IF NOT EXISTS
FOR (key:AccessKey) REQUIRE key.key_id IS UNIQUE
