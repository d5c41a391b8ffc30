"""Facts as typed records: what a page of an answer shows. Enumerations decoded, texts with several names split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.tables import CODED
from graph_service.model.units import Quantity, parse_equivalents
from graph_service.model.vocabulary import (
    AcceptanceRule,
    CarbonComponent,
    DataType,
    FactorKind,
    ItemKind,
    Kind,
    LifeCycleStage,
)
from graph_service.service.resolution import resolve_emissions


@dataclass(frozen=True, slots=True)
class RegionRecord:
    uid: str
    name: str
    name_zh: str | None
    parent_uid: str | None


@dataclass(frozen=True, slots=True)
class SupplierRecord:
    uid: str
    name: str
    name_zh: str | None
    region_uid: str | None
    identifiers: tuple[str, ...]
    acceptance: AcceptanceRule
    acceptance_tolerance: float | None


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """Mass and carbon contents in kg per declared unit; capacity in declared units per year."""

    row: int
    uid: str
    name: str
    name_zh: str | None
    description: str | None
    kind: ItemKind
    declared_unit: str
    equivalents: tuple[Quantity, ...]
    supplier_uid: str | None
    category: str | None
    region_uid: str | None
    mass_kg: float | None
    fossil_carbon_kg: float | None
    biogenic_carbon_kg: float | None
    capacity_per_year: float | None
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactorRecord:
    """``kgco2e`` per ``unit``."""

    row: int
    uid: str
    name: str
    name_zh: str | None
    flow: str
    kind: FactorKind
    kgco2e: float
    unit: str
    region_uid: str
    year: int
    boundary: str
    gwp_set: str
    source: str
    licence: str
    technological_dqr: float | None
    temporal_dqr: float | None
    geographical_dqr: float | None
    gsd: float | None


@dataclass(frozen=True, slots=True)
class EmissionRecord:
    """``kgco2e`` per declared unit of the item, as weighed; ``factor_row`` is the factor used for it."""

    uid: str
    item_row: int
    stage: LifeCycleStage
    component: CarbonComponent
    kgco2e: float
    activity: float | None
    activity_unit: str | None
    flow: str | None
    factor_row: int | None
    data_type: DataType
    is_verified: bool
    technological_dqr: float | None
    temporal_dqr: float | None
    geographical_dqr: float | None
    gsd: float | None
    gwp_set: str | None
    source: str | None
    period_start: date | None
    period_end: date | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class SupplyRecord:
    """``amount`` in the input's declared unit per declared unit of output, before ``share``."""

    uid: str
    input_row: int
    output_row: int
    amount: float
    line: str | None
    share: float
    stage: LifeCycleStage
    unit_cost: float | None
    currency: str | None
    capacity_per_year: float | None
    gsd: float | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class BenchmarkRecord:
    """Limits in kg CO2e per declared unit, best (exemplary) to worst (limit)."""

    uid: str
    category: str
    declared_unit: str
    limit_kgco2e: float
    baseline_kgco2e: float
    exemplary_kgco2e: float
    valid_from: date | None
    source: str
    is_example: bool


def _rows(facts: Facts, kind: Kind, rows: Sequence[int]) -> Iterator[dict[str, object]]:
    """The asked rows of one kind as dicts, coded words decoded."""
    words = {column: tuple(closed_list) for column, closed_list in CODED.get(kind, {}).items()}
    for record in facts.tables[kind].take(pa.array(rows, pa.int64())).to_pylist():
        for column, members in words.items():
            record[column] = members[record[column]]
        yield record


def _names(text: object) -> tuple[str, ...]:
    return tuple(text.split()) if isinstance(text, str) else ()


def region_records(facts: Facts, rows: Sequence[int]) -> list[RegionRecord]:
    """Regions at ``rows`` of the facts' regions."""
    return [RegionRecord(**record) for record in _rows(facts, Kind.REGION, rows)]  # type: ignore[arg-type]


def supplier_records(facts: Facts, rows: Sequence[int]) -> list[SupplierRecord]:
    """Suppliers at ``rows`` of the facts' suppliers."""
    return [
        SupplierRecord(**{**record, "identifiers": _names(record["identifiers"])})  # type: ignore[arg-type]
        for record in _rows(facts, Kind.SUPPLIER, rows)
    ]


def item_records(facts: Facts, rows: Sequence[int]) -> list[ItemRecord]:
    """Items at ``rows`` of the facts' items."""
    records = []
    for row, record in zip(rows, _rows(facts, Kind.ITEM, rows), strict=True):
        record["identifiers"] = _names(record["identifiers"])
        record["equivalents"] = parse_equivalents(record["equivalents"] or "")  # type: ignore[arg-type]
        records.append(ItemRecord(row=int(row), **record))  # type: ignore[arg-type]
    return records


def factor_records(facts: Facts, rows: Sequence[int]) -> list[FactorRecord]:
    """Factors at ``rows`` of the facts' factors."""
    return [
        FactorRecord(row=int(row), **record)  # type: ignore[arg-type]
        for row, record in zip(rows, _rows(facts, Kind.FACTOR, rows), strict=True)
    ]


def emission_records(facts: Facts, rows: Sequence[int]) -> list[EmissionRecord]:
    """Emission entries at ``rows`` of the facts' emissions, weighed."""
    resolved = resolve_emissions(facts, facts.tables[Kind.EMISSION].take(pa.array(rows, pa.int64())))
    records = []
    for index, record in enumerate(_rows(facts, Kind.EMISSION, rows)):
        del record["factor_uid"]
        factor_row = int(resolved.factor_row[index])
        record["kgco2e"] = float(resolved.kgco2e[index])
        records.append(EmissionRecord(factor_row=factor_row if factor_row >= 0 else None, **record))  # type: ignore[arg-type]
    return records


def supply_records(facts: Facts, rows: Sequence[int]) -> list[SupplyRecord]:
    """Supply edges at ``rows`` of the facts' supplies."""
    return [SupplyRecord(**record) for record in _rows(facts, Kind.SUPPLY, rows)]  # type: ignore[arg-type]


def benchmark_records(facts: Facts, category: str | None = None) -> list[BenchmarkRecord]:
    """Benchmarks, of one category or all, ordered by category, declared unit, validity."""
    records = [
        BenchmarkRecord(**record)  # type: ignore[arg-type]
        for record in _rows(facts, Kind.BENCHMARK, range(facts.tables[Kind.BENCHMARK].num_rows))
    ]
    chosen = (record for record in records if category is None or record.category == category)
    return sorted(chosen, key=lambda record: (record.category, record.declared_unit, record.valid_from or date.min))


def row_of(facts: Facts, kind: Kind, uid: str) -> int | None:
    """The row of one uid in the facts of its kind; None where it is not recorded."""
    return rows_by_uid(facts, kind, [uid]).get(uid)


def rows_by_uid(facts: Facts, kind: Kind, uids: Sequence[str]) -> Mapping[str, int]:
    """The rows of many uids in the facts of one kind; an unknown uid is absent."""
    wanted = pa.array(dict.fromkeys(uids), pa.string())
    column = facts.tables[kind]["uid"]
    found = pc.is_in(column, value_set=wanted)
    rows = pc.indices_nonzero(found)
    return dict(zip(column.take(rows).to_pylist(), rows.to_pylist(), strict=True))
