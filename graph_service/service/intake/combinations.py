"""Distinct combinations of texts over many rows, so that what depends on them is looked up once each."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Texts = tuple[str | None, ...]


def distinct(columns: Sequence[pa.Array | pa.ChunkedArray]) -> tuple[list[Texts], npt.NDArray[np.int64]]:
    """The distinct rows of some columns of text, and for each row which of them it is; null is None."""
    packed = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        encoded = whole.dictionary_encode()
        codes = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        # Renumbered after each column, the number stays below rows times texts and cannot overflow.
        packed = _renumber(packed)[1] * (len(encoded.dictionary) + 1) + codes
    numbers, which = _renumber(packed)
    first = np.empty(len(numbers), np.int64)
    first[which[::-1]] = np.arange(len(which))[::-1]
    texts = (column.take(pa.array(first)).to_pylist() for column in columns)
    return list(zip(*texts, strict=True)), which


def _renumber(values: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct values in order of appearance, and for each value which it is. A hash, because sorting costs more."""
    encoded = pa.array(values).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy().astype(np.int64)
