-- purpose: The rows of many suppliers by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT supplier.row
FROM json_each(:uids) AS asked
LEFT JOIN supplier ON supplier.uid = asked.value
ORDER BY asked.key
