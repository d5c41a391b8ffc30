-- purpose: Marks the file as a graph of this service: GSGR in ASCII.
-- params: none
-- returns: nothing
-- order: none
PRAGMA application_id = 1196640082
