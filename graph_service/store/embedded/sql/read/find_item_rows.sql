-- purpose: The rows of many items by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT item.row
FROM json_each(:uids) AS asked
LEFT JOIN item ON item.uid = asked.value
ORDER BY asked.key
