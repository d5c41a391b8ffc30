"""How much of the server's heap a batch takes while it is one transaction."""

from graph_service.model.batch import PreparedBatch
from graph_service.model.vocabulary import Kind

# As Neo4j 5.26 itself reckons (SHOW TRANSACTIONS, estimatedUsedHeapMemory); the commit takes a third more.
_ROW_BYTES = 5_500
_DECLARATION_BYTES = 13_000
_RECORD_BYTES = 4_000
_EVENT_BYTES = 11_000
_CHARACTER_BYTES = 2


def estimate_heap_bytes(batch: PreparedBatch) -> int:
    """Bytes of the server's heap, before the commit. Neo4j allows 70 % of its heap to all transactions together."""
    beside = batch.beside
    declarations = batch.upserts.get(Kind.DECLARATION)
    declaration_count = 0 if declarations is None else declarations.num_rows
    chars = sum(len(record.body) for record in beside.records) + sum(len(event.payload) for event in beside.events)
    return (
        _ROW_BYTES * (batch.row_count - declaration_count)
        + _DECLARATION_BYTES * declaration_count
        + _RECORD_BYTES * (len(beside.records) + len(beside.removed))
        + _EVENT_BYTES * len(beside.events)
        + _CHARACTER_BYTES * chars
    )
