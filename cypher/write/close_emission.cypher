// Close the open row of each emission.
// Params: $uid, a list; $revision, $open.
// Returns: closed, how many rows. One record.
UNWIND $uid AS uid
MATCH (emission:Emission)
USING INDEX emission:Emission(recorded_to, uid)
WHERE emission.recorded_to = $open AND emission.uid = uid
SET emission.recorded_to = $revision
RETURN count(emission) AS closed
