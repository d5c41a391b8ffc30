-- purpose: Lists the events of a state in their order.
-- params: none
-- returns: nothing
-- order: none
CREATE INDEX outgoing_event_state ON outgoing_event (state, sequence)
