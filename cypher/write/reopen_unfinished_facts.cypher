// Open again the facts that an unfinished revision closed, with their edges and the mirrored name.
// Params: $head, the newest revision; $open; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH (facts:RegionFacts|SupplierFacts|ItemFacts|FactorFacts|BenchmarkFacts|DeclarationFacts)
WHERE facts.recorded_to > $head AND facts.recorded_to < $open AND facts.uid IS NOT NULL
WITH facts LIMIT $limit
MATCH (identity)-[:IS]->(facts)
SET facts.recorded_to = $open, identity.name = facts.name
WITH facts, identity
OPTIONAL MATCH (identity)-[link:MAKES|PART_OF|HAS_DECLARATION]-()
WHERE link.recorded_to > $head AND link.recorded_to < $open
SET link.recorded_to = $open
RETURN count(DISTINCT facts) AS changed
