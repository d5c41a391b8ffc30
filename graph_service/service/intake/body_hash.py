"""Whether two batches are the same: one hash of all that a caller gave, however it lies in memory."""

import hashlib
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import ChangeBatch
from graph_service.model.vocabulary import Kind


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...


def hash_body(batch: ChangeBatch) -> str:
    """SHA-256, hexadecimal, of rows, ends and flags as given; the key itself and a dry run are no part of it."""
    digest = hashlib.sha256()
    digest.update(f"replace={batch.replace};expected={batch.expected_revision};".encode())
    for kind in Kind:
        _add_names(digest, list(batch.ends.get(kind, ())))
        table = batch.tables.get(kind)
        row_count = 0 if table is None else table.num_rows
        digest.update(f"{kind}={row_count};".encode())
        if table is not None and row_count:
            for name in table.schema.names:
                digest.update(f"{name};".encode())
                _add_column(digest, table[name])
    return digest.hexdigest()


def _add_names(digest: _Hash, names: list[str]) -> None:
    _add_column(digest, pa.chunked_array([pa.array(names, pa.string())]))


def _add_column(digest: _Hash, column: pa.ChunkedArray) -> None:
    """Which cells are given, then their values; lengths go before texts, so that no two columns read alike."""
    digest.update(np.packbits(column.is_valid().to_numpy()).tobytes())
    if pa.types.is_string(column.type):
        texts = pc.fill_null(column, "")
        digest.update(pc.binary_length(texts).to_numpy().tobytes())
        for chunk in texts.chunks:
            digest.update(_bytes_of(chunk))
    else:
        values = column.cast(pa.int32()) if pa.types.is_date(column.type) else column
        filled = pc.fill_null(values, pa.scalar(0, pa.int8()).cast(values.type))
        digest.update(filled.to_numpy().tobytes())


def _bytes_of(texts: pa.Array) -> memoryview:
    """The characters of an array of texts, end to end."""
    _, offsets, data = texts.buffers()
    if data is None or len(texts) == 0:
        return memoryview(b"")
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(bounds[0]) : int(bounds[-1])]
