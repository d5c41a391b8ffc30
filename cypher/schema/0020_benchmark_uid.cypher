// One benchmark per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT benchmark_uid IF NOT EXISTS
FOR (benchmark:Benchmark) REQUIRE benchmark.uid IS UNIQUE
