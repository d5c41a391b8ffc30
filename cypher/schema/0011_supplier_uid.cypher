// One supplier per uid.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT supplier_uid IF NOT EXISTS
FOR (supplier:Supplier) REQUIRE supplier.uid IS UNIQUE
