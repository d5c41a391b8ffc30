// A supply has at most one open row of facts; the same index finds it, and what a revision closed.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT supply_facts_recorded_to IF NOT EXISTS
FOR ()-[supply:SUPPLIES]-() REQUIRE (supply.recorded_to, supply.uid) IS UNIQUE
