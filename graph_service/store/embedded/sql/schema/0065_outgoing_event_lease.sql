-- purpose: Finds the events that somebody delivers; there are few at a time.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX outgoing_event_lease ON outgoing_event (partner_uid, leased_until_us) WHERE leased_until_us IS NOT NULL
