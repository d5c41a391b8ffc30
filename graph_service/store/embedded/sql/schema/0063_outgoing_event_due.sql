-- purpose: Finds the event of a partner that is due first.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX outgoing_event_due ON outgoing_event (partner_uid, next_attempt_at_us, sequence) WHERE state = 'PENDING'
