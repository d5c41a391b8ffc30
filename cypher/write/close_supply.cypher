// Close the open SUPPLIES edge of each supply.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many edges. One record.
UNWIND $uid AS uid
MATCH ()-[supply:SUPPLIES]->()
USING INDEX supply:SUPPLIES(recorded_to, uid)
WHERE supply.recorded_to = $open AND supply.uid = uid
SET supply.recorded_to = $revision
RETURN count(supply) AS closed
