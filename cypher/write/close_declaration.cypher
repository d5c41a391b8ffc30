// Close the open row of facts of each declaration, and its HAS_DECLARATION edge.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many rows. One record.
UNWIND $uid AS uid
MATCH (facts:DeclarationFacts)
USING INDEX facts:DeclarationFacts(recorded_to, uid)
WHERE facts.recorded_to = $open AND facts.uid = uid
SET facts.recorded_to = $revision
WITH facts
MATCH (declaration:Declaration)-[:IS]->(facts)
OPTIONAL MATCH (declaration)<-[link:HAS_DECLARATION]-() WHERE link.recorded_to = $open
SET link.recorded_to = $revision
RETURN count(DISTINCT facts) AS closed
