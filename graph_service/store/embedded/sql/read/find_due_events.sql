-- purpose: The event to deliver now of each partner that nobody delivers to, and none before it about the same thing.
-- params: :now_us, :most
-- returns: event_id, partner_uid, aggregate, payload, created_at_us, next_attempt_at_us, attempts, state, leased_until_us, last_answer, sequence
-- order: next_attempt_at_us, sequence
WITH RECURSIVE partner (uid) AS (
    -- By itself SQLite would read all that is pending to find each partner.
    SELECT min(partner_uid) FROM outgoing_event INDEXED BY outgoing_event_due WHERE state = 'PENDING'
    UNION ALL
    SELECT (
        SELECT min(following.partner_uid)
        FROM outgoing_event AS following INDEXED BY outgoing_event_due
        WHERE following.state = 'PENDING' AND following.partner_uid > partner.uid
    )
    FROM partner
    WHERE partner.uid IS NOT NULL
)
SELECT
    event.event_id, event.partner_uid, event.aggregate, event.payload, event.created_at_us,
    event.next_attempt_at_us, event.attempts, event.state, event.leased_until_us, event.last_answer,
    event.sequence
FROM partner
CROSS JOIN outgoing_event AS event ON event.sequence = (
    SELECT due.sequence
    FROM outgoing_event AS due
    WHERE due.partner_uid = partner.uid AND due.state = 'PENDING' AND due.next_attempt_at_us <= :now_us
      AND NOT EXISTS (
          SELECT 1
          FROM outgoing_event AS earlier
          WHERE earlier.partner_uid = due.partner_uid AND earlier.aggregate = due.aggregate
            AND earlier.state = 'PENDING' AND earlier.sequence < due.sequence
      )
    ORDER BY due.next_attempt_at_us, due.sequence
    LIMIT 1
)
WHERE NOT EXISTS (
    SELECT 1
    FROM outgoing_event AS leased
    WHERE leased.partner_uid = partner.uid AND leased.leased_until_us > :now_us
)
ORDER BY event.next_attempt_at_us, event.sequence
LIMIT :most
