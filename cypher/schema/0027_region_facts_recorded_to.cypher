// A region has at most one open row of facts; the same index finds it, and what a revision closed.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT region_facts_recorded_to IF NOT EXISTS
FOR (facts:RegionFacts) REQUIRE (facts.recorded_to, facts.uid) IS UNIQUE
