"""Facts written as a folder read back as the same facts, whatever is in them."""

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from graph_service.exchange.dataset import read_folder, write_folder
from graph_service.exchange.dataset.layout import LAYOUTS
from graph_service.exchange.dataset.writer import LEFT_OUT
from graph_service.model.facts import Facts, from_facts, to_facts
from graph_service.model.tables import BATCH_SCHEMAS, CODED, ITEM_REFERENCES
from graph_service.model.vocabulary import Kind

TEXTS = st.text(
    st.one_of(st.sampled_from(',"\n\r=+-@; \t汉\u202e\ufeff'), st.characters(exclude_categories=["Cs", "Cc"])),
    min_size=1,
    max_size=4,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES: Mapping[pa.DataType, st.SearchStrategy[object]] = {
    pa.string(): TEXTS,
    pa.float64(): st.one_of(NUMBERS, st.sampled_from([0.1, 1e16, 1e-7, -0.0, 5e-324, 1.7976931348623157e308])),
    pa.date32(): st.dates(min_value=date(1, 1, 1)),
    pa.bool_(): st.booleans(),
    pa.int32(): st.integers(1900, 2200),
}


def rows_of_kind(kind: Kind, item_uids: list[str]) -> st.SearchStrategy[pa.Table]:
    schema = BATCH_SCHEMAS[kind]
    cells: dict[str, st.SearchStrategy[object]] = {}
    for field in schema:
        if field.name in ITEM_REFERENCES.get(kind, {}):
            cells[field.name] = st.sampled_from(item_uids or ["none"])
        elif field.name in CODED.get(kind, {}):
            cells[field.name] = st.sampled_from([word.value for word in CODED[kind][field.name]])
        elif field.name in {"uid", "declared_unit"}:
            cells[field.name] = TEXTS
        else:
            cells[field.name] = st.one_of(st.none(), VALUES[field.type])
    size = 0 if kind in ITEM_REFERENCES and not item_uids else 3
    rows = st.lists(st.fixed_dictionaries(cells), max_size=size, unique_by=lambda row: row["uid"])
    return rows.map(lambda found: pa.Table.from_pylist(found, schema=schema))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    items = draw(rows_of_kind(Kind.ITEM, []))
    tables = {Kind.ITEM: items} | {
        kind: draw(rows_of_kind(kind, items["uid"].to_pylist())) for kind in Kind if kind is not Kind.ITEM
    }
    return Facts({kind: to_facts(kind, table, items["uid"], revision=1) for kind, table in tables.items()})


def bits(table: pa.Table) -> list[dict[str, object]]:
    """Rows with numbers as their bytes: -0.0 and 0.0 are two."""
    return [
        {name: np.float64(cell).tobytes() if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in table.to_pylist()
    ]


def expected(kind: Kind, written: Facts) -> list[dict[str, object]]:
    """Rows as they stand in the file: by uid, declarations as recorded; a benchmark's uid is in no file."""
    rows = bits(from_facts(kind, written))
    if kind is not Kind.DECLARATION:
        rows.sort(key=lambda row: str(row["uid"]).encode())
    return [row | {"uid": None} for row in rows] if kind is Kind.BENCHMARK else rows


def complete(kind: Kind, read: pa.Table) -> pa.Table:
    """Rows with what a file that leaves a column out means by it."""
    for name, usual in LEFT_OUT.get(kind, {}).items():
        if usual is not None and read[name].null_count == read.num_rows:
            column = pa.nulls(read.num_rows, pa.string()).fill_null(usual)
            read = read.set_column(read.schema.get_field_index(name), name, column)
    return read


@given(facts())
def test_facts_written_and_read_back_are_the_same_to_the_last_bit(written: Facts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), written)
        data = read_folder(Path(folder))
    assert [data.locate(fault) for fault in data.batch.faults] == []
    for kind in Kind:
        assert bits(complete(kind, data.batch.tables[kind])) == expected(kind, written), kind


@given(facts())
def test_the_same_facts_as_parquet_read_the_same(written: Facts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for kind, layout in LAYOUTS.items():
            rows = from_facts(kind, written)
            columns = {name: rows[column] for name, column in layout.columns.items()}
            pq.write_table(pa.table(columns), Path(folder) / f"{layout.stem}.parquet")
        data = read_folder(Path(folder))
    assert [data.locate(fault) for fault in data.batch.faults] == []
    for kind in Kind:
        rows = bits(data.batch.tables[kind])
        assert sorted(map(str, rows)) == sorted(map(str, expected(kind, written))), kind
