-- purpose: Give an event to somebody to deliver until then.
-- params: leased_until_us, sequence (by position)
-- returns: nothing
-- order: none
UPDATE outgoing_event SET leased_until_us = ? WHERE sequence = ?
