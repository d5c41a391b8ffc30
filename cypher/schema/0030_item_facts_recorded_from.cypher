// An item is recorded once in a revision; the same index finds what a revision opened.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT item_facts_recorded_from IF NOT EXISTS
FOR (facts:ItemFacts) REQUIRE (facts.recorded_from, facts.uid) IS UNIQUE
