-- purpose: The rows of many declarations by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT declaration.row
FROM json_each(:uids) AS asked
LEFT JOIN declaration ON declaration.uid = asked.value
ORDER BY asked.key
