// Close the open row of facts of each factor.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many rows. One record.
UNWIND $uid AS uid
MATCH (facts:FactorFacts)
USING INDEX facts:FactorFacts(recorded_to, uid)
WHERE facts.recorded_to = $open AND facts.uid = uid
SET facts.recorded_to = $revision
RETURN count(DISTINCT facts) AS closed
