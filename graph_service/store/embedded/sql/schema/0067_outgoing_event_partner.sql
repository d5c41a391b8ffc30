-- purpose: Lists the events of a partner in their order.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX outgoing_event_partner ON outgoing_event (partner_uid, sequence)
