// An emission is recorded once in a revision; the same index finds what a revision opened.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT emission_facts_recorded_from IF NOT EXISTS
FOR (emission:Emission) REQUIRE (emission.recorded_from, emission.uid) IS UNIQUE
