-- purpose: The rows of many supplies by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT supply.row
FROM json_each(:uids) AS asked
LEFT JOIN supply ON supply.uid = asked.value
ORDER BY asked.key
