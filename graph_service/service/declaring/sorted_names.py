"""Names of rows in order: who is called so, and who is called nearly so."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = npt.NDArray[np.int32]

_NEIGHBOURS = 8
_NEAR = 0.75
"""A name is near where so much of the longer one lies in what both begin and end with."""

_SHORTEST = 4
_LONGEST = 300


@dataclass(frozen=True)
class SortedNames:
    """Names in the order of their code points and the row of each; a row may have several, a name several rows."""

    names: pa.Array
    rows: Rows

    def find(self, name: str) -> list[int]:
        """The rows that are called exactly so, each once, in their order."""
        found = []
        place = bisect_left(_Texts(self.names), name)
        while place < len(self.names) and self.names[place].as_py() == name:
            found.append(int(self.rows[place]))
            place += 1
        return sorted(set(found))

    def near(self, name: str) -> list[int]:
        """Rows of names that differ in few places, the nearest first. Looks only at neighbours in the order."""
        if not _SHORTEST <= len(name) <= _LONGEST:
            return []
        places = {*self._around(self.names, name), *self._backward_places(name)}
        scored = [(_likeness(self.names[place].as_py(), name), place) for place in places]
        near = sorted((-score, place) for score, place in scored if score >= _NEAR)
        return list(dict.fromkeys(int(self.rows[place]) for _, place in near))

    def _backward_places(self, name: str) -> list[int]:
        backward, order = self._backward
        return [int(order[place]) for place in self._around(backward, name[::-1])]

    @cached_property
    def _backward(self) -> tuple[pa.Array, npt.NDArray[np.int64]]:
        """The names read backwards, in order, and the place of each in ``names``."""
        backward = pc.utf8_reverse(self.names)
        order = np.asarray(pc.array_sort_indices(backward), dtype=np.int64)
        return backward.take(pa.array(order)), order

    @staticmethod
    def _around(names: pa.Array, name: str) -> range:
        place = bisect_left(_Texts(names), name)
        return range(max(0, place - _NEIGHBOURS), min(len(names), place + _NEIGHBOURS))


def sorted_names(names: pa.Array, rows: Rows) -> SortedNames:
    """Names in any order, none of them null, with the row of each."""
    order = pc.array_sort_indices(names)
    return SortedNames(names.take(order), rows[order.to_numpy()])


class _Texts(Sequence[str]):
    """An array of texts for ``bisect``: reads only what it looks at."""

    def __init__(self, names: pa.Array) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]  # bisect asks for no slices
        text: str = self._names[place].as_py()
        return text


def _likeness(one: str, other: str) -> float:
    """How much of the longer name lies in a common beginning and a common end, 0 to 1."""
    longer, shorter = max(len(one), len(other)), min(len(one), len(other))
    head = next((k for k in range(shorter) if one[k] != other[k]), shorter)
    tail = next((k for k in range(shorter - head) if one[-1 - k] != other[-1 - k]), shorter - head)
    return (head + tail) / longer if longer else 1.0
