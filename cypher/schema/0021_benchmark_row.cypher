// A stable integer per benchmark, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT benchmark_row IF NOT EXISTS
FOR (benchmark:Benchmark) REQUIRE benchmark.row IS UNIQUE
