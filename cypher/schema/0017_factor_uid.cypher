// One factor per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT factor_uid IF NOT EXISTS
FOR (factor:Factor) REQUIRE factor.uid IS UNIQUE
