// A region is recorded once in a revision; the same index finds what a revision opened.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT region_facts_recorded_from IF NOT EXISTS
FOR (facts:RegionFacts) REQUIRE (facts.recorded_from, facts.uid) IS UNIQUE
