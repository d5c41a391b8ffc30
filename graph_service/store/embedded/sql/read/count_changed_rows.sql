-- purpose: How many revisions lie from one to another, how many after the first list what they touched, and how many rows they list.
-- params: :revision, :to_revision
-- returns: revisions, listed, changed_rows
-- order: none
SELECT
    count(*) AS revisions,
    count(changed_rows) FILTER (WHERE number > :revision) AS listed,
    coalesce(sum(changed_rows) FILTER (WHERE number > :revision), 0) AS changed_rows
FROM revision
WHERE number >= :revision AND number <= :to_revision
