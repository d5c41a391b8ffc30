-- purpose: The rows of many emissions by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT emission.row
FROM json_each(:uids) AS asked
LEFT JOIN emission ON emission.uid = asked.value
ORDER BY asked.key
