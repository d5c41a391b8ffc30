-- purpose: Finds what must reach a partner before an event about the same thing.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX outgoing_event_head ON outgoing_event (partner_uid, aggregate, sequence) WHERE state = 'PENDING'
