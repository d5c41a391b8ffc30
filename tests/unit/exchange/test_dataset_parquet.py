"""Parquet files carry the same columns; types that mean the same are taken, all others refused by name."""

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph_service.errors import Finding
from graph_service.exchange.dataset import FolderData, read_folder
from graph_service.model.vocabulary import Kind


def read(folder: Path, items: pa.Table) -> FolderData:
    pq.write_table(items, folder / "items.parquet", store_schema=True)
    return read_folder(folder)


def lines(data: FolderData) -> list[str]:
    return [data.locate(finding) for finding in data.batch.faults]


def items(**columns: pa.Array | list[object]) -> pa.Table:
    return pa.table({"item": ["a", "b"], "declared_unit": ["kg", "kg"], **columns})


@pytest.mark.parametrize(
    "masses",
    [
        pa.array([1.5, None], pa.float32()),
        pa.array([Decimal("1.5"), None], pa.decimal128(9, 3)),
        pa.array(["1.5", ""], pa.large_string()),
        pa.array(["1.5", None]).dictionary_encode(),
    ],
)
def test_numbers_of_any_type_that_holds_them_are_taken(tmp_path: Path, masses: pa.Array) -> None:
    data = read(tmp_path, items(mass_kg=masses))
    assert lines(data) == []
    assert data.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [1.5, None]


def test_whole_numbers_serve_as_numbers_and_as_names(tmp_path: Path) -> None:
    data = read(tmp_path, pa.table({"item": [7, 8], "declared_unit": ["kg", "kg"], "mass_kg": [1, 2]}))
    assert lines(data) == []
    assert data.batch.tables[Kind.ITEM]["uid"].to_pylist() == ["7", "8"]
    assert data.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [1.0, 2.0]


def test_numbers_that_are_not_finite_or_not_exact_are_refused_by_row(tmp_path: Path) -> None:
    masses = pa.array([float("nan"), float("inf")])
    capacities = pa.array([2**53 + 1, 5])
    data = read(tmp_path, items(mass_kg=masses, capacity_per_year=capacities))
    assert [line.split(": ")[:2] for line in lines(data)] == [
        ["items.parquet:row 1", "mass_kg"],
        ["items.parquet:row 2", "mass_kg"],
        ["items.parquet:row 1", "capacity_per_year"],
    ]
    assert "nan is not finite" in lines(data)[0]
    assert data.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [None, None]
    assert data.batch.tables[Kind.ITEM]["capacity_per_year"].to_pylist() == [None, 5.0]


def test_texts_are_read_as_in_csv(tmp_path: Path) -> None:
    data = read(tmp_path, items(mass_kg=["1e999", "2"], name=["x\0", ""]))
    assert [line.split(": ")[:2] for line in lines(data)] == [
        ["items.parquet:row 1", "name"],
        ["items.parquet:row 1", "mass_kg"],
    ]
    assert data.batch.tables[Kind.ITEM]["name"].to_pylist() == [None, None]


def test_dates_are_taken_from_dates_and_from_midnights_only(tmp_path: Path) -> None:
    midnight, noon = (datetime.datetime.fromisoformat(f"2025-03-01T{hour}:00") for hour in ("00", "12"))
    supplies = {"input": ["a", "a"], "output": ["b", "b"], "amount": [1.0, 2.0]}
    stamps = {"valid_from": pa.array([midnight, noon]), "valid_to": pa.array([midnight.date(), None])}
    pq.write_table(pa.table(supplies | stamps), tmp_path / "supplies.parquet")
    data = read(tmp_path, items())
    (line,) = lines(data)
    assert line == "supplies.parquet:row 2: valid_from: 2025-03-01 12:00:00 has a time of day: a date has none"
    assert data.batch.tables[Kind.SUPPLY]["valid_from"].to_pylist() == [midnight.date(), None]
    assert data.batch.tables[Kind.SUPPLY]["valid_to"].to_pylist() == [midnight.date(), None]


def test_a_day_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    supplies = {"input": ["a", "a"], "output": ["b", "b"], "amount": [1.0, 2.0]}
    days = pa.array([10_000_000, 20_000], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table(supplies | {"valid_from": days}), tmp_path / "supplies.parquet")
    (line,) = lines(read(tmp_path, items()))
    assert line.startswith("supplies.parquet:row 1: valid_from: 10000000 is beyond the calendar's years")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("mass_kg", pa.array([True, False])),
        ("mass_kg", pa.array([datetime.date(2025, 3, 1), None])),
        ("name", pa.array([1.5, 2.5])),
        ("name", pa.array([b"a", b"b"])),
    ],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, column: str, values: pa.Array) -> None:
    data = read(tmp_path, items(**{column: values}))
    (line,) = lines(data)
    assert line.startswith(f"items.parquet: {column}: the column has type {values.type}: ")
    assert data.batch.faults[0].path == f"items.{column}"


def test_columns_are_checked_as_in_csv(tmp_path: Path) -> None:
    data = read(tmp_path, pa.table({"item": ["a"], "declared_units": ["kg"]}))
    assert [line.split(": ")[:2] for line in lines(data)] == [
        ["items.parquet", "declared_units"],
        ["items.parquet", "declared_unit"],
    ]


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.parquet").write_bytes(b"PAR1 not really PAR1")
    (line,) = lines(read_folder(tmp_path))
    assert line.startswith("items.parquet: the file cannot be read as Parquet (")
    pq.write_table(items(), tmp_path / "items.parquet")
    whole = (tmp_path / "items.parquet").read_bytes()
    (tmp_path / "items.parquet").write_bytes(whole[: len(whole) // 2])
    assert len(read_folder(tmp_path).batch.faults) == 1


def test_texts_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    raw = pa.array([b"\xff", b"ok"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    (line,) = lines(read(tmp_path, items(name=broken)))
    assert line.startswith("items.parquet: the file cannot be read as Parquet (")


def test_findings_of_the_service_name_the_row_counted_from_one(tmp_path: Path) -> None:
    data = read(tmp_path, items())
    assert data.locate(Finding("X", "ERROR", "items[12].supplier_uid", "m")) == "items.parquet:row 13: supplier: m"
