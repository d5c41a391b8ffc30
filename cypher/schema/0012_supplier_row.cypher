// A stable integer per supplier, in the order of first recording; exports go by ranges of it.
// Params: none.
// Returns: nothing.
CREATE CONSTRAINT supplier_row IF NOT EXISTS
FOR (supplier:Supplier) REQUIRE supplier.row IS UNIQUE
