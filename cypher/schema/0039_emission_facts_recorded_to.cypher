// An emission has at most one open row of facts; the same index finds it, and what a revision closed.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT emission_facts_recorded_to IF NOT EXISTS
FOR (emission:Emission) REQUIRE (emission.recorded_to, emission.uid) IS UNIQUE
