-- purpose: The rows of many factors by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT factor.row
FROM json_each(:uids) AS asked
LEFT JOIN factor ON factor.uid = asked.value
ORDER BY asked.key
