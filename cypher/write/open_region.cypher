// Open a row of facts per region, and its PART_OF edge.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $name, $name_zh, $parent_uid.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (region:Region {uid: $uid[k]})
OPTIONAL MATCH (parent:Region {uid: $parent_uid[k]})
CREATE (region)-[:IS]->(:RegionFacts {
  uid: $uid[k], name: $name[k], name_zh: $name_zh[k], parent_uid: $parent_uid[k], recorded_from: $revision,
  recorded_to: $open
})
SET region.name = $name[k]
FOREACH (linked IN CASE WHEN parent IS NULL THEN [] ELSE [parent] END |
  CREATE (region)-[:PART_OF {recorded_from: $revision, recorded_to: $open}]->(linked)
)
RETURN count(*) AS opened, count(parent) AS linked
