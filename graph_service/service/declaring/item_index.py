"""Who is called what among the items and suppliers of some facts, as one sender may see them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.declaring.identifiers import (
    ITEM_URN,
    SUPPLIER_URN,
    folded,
    folded_texts,
    identifier_key,
    identifier_keys,
    uid_of,
)
from graph_service.service.declaring.sorted_names import Rows, SortedNames, sorted_names

_INDEXES_KEPT = 4


@dataclass(frozen=True)
class Names:
    """The names of some rows of one kind, all that a sender may see; each order is made when first asked for."""

    table: pa.Table
    rows: Rows
    urn_prefix: str

    def uid(self, row: int) -> str:
        """The uid of a row."""
        uid: str = self.table["uid"][row].as_py()
        return uid

    def by_identifier(self, names: Iterable[str]) -> list[int]:
        """Rows with any of the identifiers, or whose uid is in a URN of ours, in their order."""
        found: set[int] = set()
        for name in names:
            uid = uid_of(self.urn_prefix, name)
            found.update(self.identifiers.find(identifier_key(name)) if uid is None else self.by_uid(uid))
        return sorted(found)

    def by_uid(self, uid: str) -> list[int]:
        """The row of exactly this uid, else the rows of uids that differ in case only."""
        return self.uids.find(_composed(uid)) or self.folded_uids.find(folded(uid.strip()))

    def by_name(self, name: str) -> list[int]:
        """Rows that have this name in either language, whatever its case."""
        return self.names.find(folded(name.strip()))

    @cached_property
    def uids(self) -> SortedNames:
        """Uids as they are."""
        return self._sorted("uid", is_folded=False)

    @cached_property
    def folded_uids(self) -> SortedNames:
        """Uids without case."""
        return self._sorted("uid", is_folded=True)

    @cached_property
    def names(self) -> SortedNames:
        """Names in both languages, without case."""
        either = [self._texts(column) for column in ("name", "name_zh")]
        texts = pa.concat_arrays([pc.utf8_trim_whitespace(folded_texts(texts)) for texts, _ in either])
        return sorted_names(texts, np.concatenate([rows for _, rows in either]))

    @cached_property
    def identifiers(self) -> SortedNames:
        """All identifiers as they are compared."""
        texts, rows = self._texts("identifiers")
        lists = pc.split_pattern(texts, " ")
        count = np.asarray(pc.list_value_length(lists), dtype=np.int64)
        given, owners = pc.list_flatten(lists), np.repeat(rows, count)
        is_given = pc.not_equal(given, "")
        return sorted_names(identifier_keys(given.filter(is_given)), owners[np.asarray(is_given, dtype=np.bool_)])

    def _sorted(self, column: str, *, is_folded: bool) -> SortedNames:
        texts, rows = self._texts(column)
        return sorted_names(folded_texts(texts) if is_folded else texts, rows)

    def _texts(self, column: str) -> tuple[pa.Array, Rows]:
        """The texts of a column that are given, and the row of each."""
        texts = self.table[column].combine_chunks()
        texts = texts if len(self.rows) == len(texts) else texts.take(pa.array(self.rows))
        return texts.drop_null(), self.rows[np.asarray(texts.is_valid(), dtype=np.bool_)]


@dataclass(frozen=True, slots=True)
class Seen:
    """The items and suppliers that one sender may see: all of them, or a supplier and its own items."""

    items: Names
    suppliers: Names

    def supplier_of(self, item_row: int) -> str | None:
        """The uid of the supplier that makes an item."""
        uid: str | None = self.items.table["supplier_uid"][item_row].as_py()
        return uid


@dataclass(frozen=True)
class ItemIndex:
    """The names of the facts' items and suppliers; made once for each pair of tables, whatever else changes.

    What a supplier may see is an index of its own, so that looking something up takes the same work whether another
    supplier has it or nobody.
    """

    items: pa.Table
    suppliers: pa.Table
    _seen: dict[str | None, Seen] = field(default_factory=dict)

    _kept: ClassVar[list["ItemIndex"]] = []
    _lock: ClassVar[Lock] = Lock()

    @classmethod
    def of(cls, facts: Facts) -> "ItemIndex":
        """The index of the facts: the one in hand where their items and suppliers are those of facts seen lately."""
        items, suppliers = facts.items, facts.tables[Kind.SUPPLIER]
        with cls._lock:
            for place, index in enumerate(cls._kept):
                if index.items is items and index.suppliers is suppliers:
                    cls._kept.insert(0, cls._kept.pop(place))
                    return index
            index = cls(items, suppliers)
            cls._kept.insert(0, index)
            del cls._kept[_INDEXES_KEPT:]
            return index

    def seen_by(self, supplier_uid: str | None) -> Seen:
        """What a supplier may see; None: everything."""
        found = self._seen.get(supplier_uid)
        if found is None:
            found = self._make_seen(supplier_uid)
            self._seen[supplier_uid] = found
        return found

    def _make_seen(self, supplier_uid: str | None) -> Seen:
        if supplier_uid is None:
            item_rows, supplier_rows = np.arange(self.items.num_rows), np.arange(self.suppliers.num_rows)
        else:
            item_rows = _rows_where(self.items["supplier_uid"], supplier_uid)
            supplier_rows = _rows_where(self.suppliers["uid"], supplier_uid)
        return Seen(
            Names(self.items, item_rows.astype(np.int32), ITEM_URN),
            Names(self.suppliers, supplier_rows.astype(np.int32), SUPPLIER_URN),
        )


def _rows_where(column: pa.ChunkedArray, uid: str) -> npt.NDArray[np.int64]:
    return np.flatnonzero(np.asarray(pc.fill_null(pc.equal(column, uid), False), dtype=np.bool_))


def _composed(uid: str) -> str:
    return unicodedata.normalize("NFC", uid.strip())
