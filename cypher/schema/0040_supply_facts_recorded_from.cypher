// A supply is recorded once in a revision; the same index finds what a revision opened.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT supply_facts_recorded_from IF NOT EXISTS
FOR ()-[supply:SUPPLIES]-() REQUIRE (supply.recorded_from, supply.uid) IS UNIQUE
