// Close the open row of facts of each region, and its PART_OF edge.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many rows. One record.
UNWIND $uid AS uid
MATCH (facts:RegionFacts)
USING INDEX facts:RegionFacts(recorded_to, uid)
WHERE facts.recorded_to = $open AND facts.uid = uid
SET facts.recorded_to = $revision
WITH facts
MATCH (region:Region)-[:IS]->(facts)
OPTIONAL MATCH (region)-[link:PART_OF]->() WHERE link.recorded_to = $open
SET link.recorded_to = $revision
RETURN count(DISTINCT facts) AS closed
