-- purpose: Finds the newest revision recorded by a moment.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX revision_recorded_at ON revision (recorded_at_us, number)
