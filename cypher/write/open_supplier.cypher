// Open a row of facts per supplier.
// Params: $count, $revision, $open. Columns, one value per row, empty where all are null:
//   $uid, $name, $name_zh, $region_uid, $identifiers, $acceptance, $acceptance_tolerance.
// Returns: opened, linked: how many rows, and edges to what their columns name. One record.
UNWIND range(0, $count - 1) AS k
MATCH (supplier:Supplier {uid: $uid[k]})
CREATE (supplier)-[:IS]->(:SupplierFacts {
  uid: $uid[k], name: $name[k], name_zh: $name_zh[k], region_uid: $region_uid[k], identifiers: $identifiers[k],
  acceptance: $acceptance[k], acceptance_tolerance: $acceptance_tolerance[k], recorded_from: $revision,
  recorded_to: $open
})
SET supplier.name = $name[k]
RETURN count(*) AS opened, 0 AS linked
