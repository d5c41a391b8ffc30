// Remove side records and outgoing events that no revision holds.
// Params: $head, the newest revision; $limit, nodes at a time.
// Returns: changed, how many nodes; 0 when done. One record.
MATCH (beside:SideRecord|OutgoingEvent)
WHERE beside.recorded_from > $head
WITH beside LIMIT $limit
DELETE beside
RETURN count(*) AS changed
