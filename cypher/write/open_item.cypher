// Open a row of facts per item, and its MAKES edge.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $name, $name_zh, $description, $kind, $declared_unit, $equivalents, $supplier_uid, $category,
//   $region_uid, $mass_kg, $fossil_carbon_kg, $biogenic_carbon_kg, $capacity_per_year, $identifiers.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (item:Item {uid: $uid[k]})
OPTIONAL MATCH (supplier:Supplier {uid: $supplier_uid[k]})
CREATE (item)-[:IS]->(:ItemFacts {
  uid: $uid[k], name: $name[k], name_zh: $name_zh[k], description: $description[k], kind: $kind[k],
  declared_unit: $declared_unit[k], equivalents: $equivalents[k], supplier_uid: $supplier_uid[k],
  category: $category[k], region_uid: $region_uid[k], mass_kg: $mass_kg[k], fossil_carbon_kg: $fossil_carbon_kg[k],
  biogenic_carbon_kg: $biogenic_carbon_kg[k], capacity_per_year: $capacity_per_year[k], identifiers: $identifiers[k],
  recorded_from: $revision, recorded_to: $open
})
SET item.name = $name[k]
FOREACH (linked IN CASE WHEN supplier IS NULL THEN [] ELSE [supplier] END |
  CREATE (linked)-[:MAKES {recorded_from: $revision, recorded_to: $open}]->(item)
)
RETURN count(*) AS opened, count(supplier) AS linked
