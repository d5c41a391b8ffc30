-- purpose: The rows of many regions by uid.
-- params: :uids, a JSON list of texts
-- returns: row, null where the uid is unknown
-- order: as asked
SELECT region.row
FROM json_each(:uids) AS asked
LEFT JOIN region ON region.uid = asked.value
ORDER BY asked.key
