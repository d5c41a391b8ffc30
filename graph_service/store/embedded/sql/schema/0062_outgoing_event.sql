-- purpose: Events on their way to partners, and those that arrived or were given up.
-- params: none
-- returns: nothing
-- order: none
CREATE TABLE outgoing_event (
    sequence INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    partner_uid TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    next_attempt_at_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'DONE', 'DEAD')),
    leased_until_us INTEGER CHECK (leased_until_us IS NULL OR state = 'PENDING'),
    last_answer TEXT
) STRICT
