"""Long lists in a stated order, of which an answer shows a page: only what is looked at is built."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Entry = TypeVar("Entry")
Positions = npt.NDArray[np.int64]


class Listing(Sequence[Entry], Generic[Entry]):
    """``count`` entries in order; ``build`` makes those at the given places of the order."""

    def __init__(self, count: int, build: Callable[[range], Sequence[Entry]]) -> None:
        self._count = count
        self._build = build

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return self._build(range(self._count)[place])
        position = range(self._count)[place]
        return self._build(range(position, position + 1))[0]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._build(range(self._count)))


def largest_first(
    values: npt.NDArray[np.float64], *, names: Callable[[Positions], pa.Array | pa.ChunkedArray] | None = None
) -> Positions:
    """Positions of ``values`` by absolute size, largest first; equal ones by name, without ``names`` as they stand."""
    size = np.abs(values)
    order = np.argsort(-size, kind="stable")
    if names is None or len(order) < 2:
        return order
    repeats = np.diff(size[order]) == 0
    tied = order[np.r_[repeats, False] | np.r_[False, repeats]]
    if not len(tied):
        return order
    rank = np.zeros(len(values), np.int64)
    rank[tied] = _ranks(names(tied))
    return np.lexsort((rank, -size))


def _ranks(names: pa.Array | pa.ChunkedArray) -> Positions:
    """The place of each name in alphabetical order."""
    ranks = np.empty(len(names), np.int64)
    ranks[np.asarray(pc.sort_indices(names))] = np.arange(len(names))
    return ranks
