// Remove facts that no revision holds, with the edges of their nodes that none holds.
// Params: $head, the newest revision; $limit, rows at a time.
// Returns: changed, how many rows; 0 when done. One record.
MATCH (facts:RegionFacts|SupplierFacts|ItemFacts|FactorFacts|BenchmarkFacts|DeclarationFacts)
WHERE facts.recorded_from > $head AND facts.uid IS NOT NULL
WITH facts LIMIT $limit
MATCH (identity)-[:IS]->(facts)
OPTIONAL MATCH (identity)-[link:MAKES|PART_OF|HAS_DECLARATION]-() WHERE link.recorded_from > $head
DELETE link
DETACH DELETE facts
RETURN count(DISTINCT facts) AS changed
