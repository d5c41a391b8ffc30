// Close the open row of facts of each item, and its MAKES edge.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many rows. One record.
UNWIND $uid AS uid
MATCH (facts:ItemFacts)
USING INDEX facts:ItemFacts(recorded_to, uid)
WHERE facts.recorded_to = $open AND facts.uid = uid
SET facts.recorded_to = $revision
WITH facts
MATCH (item:Item)-[:IS]->(facts)
OPTIONAL MATCH (item)<-[link:MAKES]-() WHERE link.recorded_to = $open
SET link.recorded_to = $revision
RETURN count(DISTINCT facts) AS closed
