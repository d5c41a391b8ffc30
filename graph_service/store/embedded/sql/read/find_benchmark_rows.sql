-- purpose: The rows of many benchmarks by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT benchmark.row
FROM json_each(:uids) AS asked
LEFT JOIN benchmark ON benchmark.uid = asked.value
ORDER BY asked.key
