// Which benchmark nodes an unfinished revision brought.
// Params: none.
// Returns: nothing.
CREATE INDEX benchmark_recorded_from IF NOT EXISTS
FOR (benchmark:Benchmark) ON (benchmark.recorded_from)
