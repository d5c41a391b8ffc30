// An item has at most one open row of facts; the same index finds it, and what a revision closed.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT item_facts_recorded_to IF NOT EXISTS
FOR (facts:ItemFacts) REQUIRE (facts.recorded_to, facts.uid) IS UNIQUE
