"""What a single cell must be: given where required, a word of its list, a number in its range, a known unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import ChangeBatch
from graph_service.model.tables import CODED
from graph_service.model.uids import UID_RULE, is_malformed, split_names
from graph_service.model.units import is_unit, unit_advice
from graph_service.model.vocabulary import Kind, LifeCycleStage
from graph_service.service.intake.faults import Faults, show
from graph_service.service.resolution import Flags, flags

REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.REGION: ("uid", "name"),
    Kind.SUPPLIER: ("uid", "name"),
    Kind.ITEM: ("uid", "declared_unit"),
    Kind.FACTOR: ("uid", "name", "flow", "kind", "kgco2e", "unit"),
    Kind.EMISSION: ("item_uid",),
    Kind.SUPPLY: ("input_uid", "output_uid", "amount"),
    Kind.BENCHMARK: (
        *("category", "declared_unit", "limit_kgco2e", "baseline_kgco2e", "exemplary_kgco2e"),
        *("source", "is_example"),
    ),
    Kind.DECLARATION: ("item_uid", "kgco2e", "reference_period_start", "reference_period_end", "valid_from"),
}

PROVENANCE = ("region_uid", "year", "boundary", "gwp_set", "source", "licence")
"""Without these nobody can check a factor, so it is not taken."""

UNIT_COLUMNS: Mapping[Kind, str] = {
    Kind.ITEM: "declared_unit",
    Kind.FACTOR: "unit",
    Kind.EMISSION: "activity_unit",
    Kind.SUPPLY: "unit",
    Kind.BENCHMARK: "declared_unit",
}

NAME_COLUMNS = ("line", "flow", "category")
"""Texts that are compared like uids and become parts of derived ones."""

MOST_TEXT_BYTES = 1_000_000
"""Of one text, as in the cells of a data set: what is recorded can be exported and read back."""

_URN = r"[Uu][Rr][Nn]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[^ ]+"
_CURRENCY = r"^[A-Z]{3}$"


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be; ``rule`` says it in words."""

    low: float
    high: float
    rule: str
    is_high_open: bool = False

    def excludes(self, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Flags:
        above = values >= self.high if self.is_high_open else values > self.high
        return np.asarray((values < self.low) | above, dtype=np.bool_)


_NOT_NEGATIVE = Range(0, np.inf, "0 or more")
_SHARE = Range(0, 1, "a share from 0 to 1, not a percentage")
_RATING = Range(1, 5, "a rating from 1, best, to 5")

RANGES: Mapping[str, Range] = {
    "share": _SHARE,
    "primary_data_share": _SHARE,
    "exempted_share": Range(0, 1, "a share from 0 to below 1, not a percentage", is_high_open=True),
    "technological_dqr": _RATING,
    "temporal_dqr": _RATING,
    "geographical_dqr": _RATING,
    "gsd": Range(1, np.inf, "a geometric standard deviation, 1 or more"),
    "mass_kg": _NOT_NEGATIVE,
    "fossil_carbon_kg": _NOT_NEGATIVE,
    "biogenic_carbon_kg": _NOT_NEGATIVE,
    "capacity_per_year": _NOT_NEGATIVE,
    "year": Range(1900, 2200, "a year such as 2024"),
    "acceptance_tolerance": _NOT_NEGATIVE,
    "fossil_kgco2e": _NOT_NEGATIVE,
    "biogenic_uptake_kgco2e": Range(-np.inf, 0, "0 or less: an uptake takes carbon out of the air"),
}


def check_cells(tables: Mapping[Kind, pa.Table], batch: ChangeBatch, faults: Faults) -> None:
    """Judge every cell of a normalised batch by itself; ``batch`` is as given, before uids were derived."""
    for kind, table in tables.items():
        if table.num_rows == 0:
            continue
        _check_required(kind, table, faults)
        _check_texts(kind, table, faults)
        _check_names(kind, table, flags(batch.tables[kind]["uid"].is_valid()), faults)
        _check_words(kind, table, faults)
        _check_numbers(kind, table, faults)
        _check_units(kind, table, faults)
        _check_identifiers(kind, table, faults)
    _check_currencies(tables[Kind.SUPPLY], faults)


def _check_required(kind: Kind, table: pa.Table, faults: Faults) -> None:
    for column in REQUIRED[kind]:
        if table[column].null_count:
            message = f"{column.removesuffix('_uid')} is required and not given"
            faults.add_same(kind, column, flags(table[column].is_null()), "REQUIRED", message)
    if kind is Kind.FACTOR:
        for column in PROVENANCE:
            message = (
                f"{column.removesuffix('_uid')} is not given: a factor is taken only with region, year, boundary, "
                "gwp_set, source and licence, so that its number can be checked"
            )
            faults.add_same(kind, column, flags(table[column].is_null()), "UNSOURCED_FACTOR", message)


def _check_texts(kind: Kind, table: pa.Table, faults: Faults) -> None:
    """Texts that no CSV file could hold; names, judged by the rule of uids, are not told twice."""
    for field in table.schema:
        if field.type != pa.string() or field.name in ("uid", *NAME_COLUMNS):
            continue
        texts = table[field.name]
        if texts.null_count == table.num_rows:
            continue
        size_bytes = pc.binary_length(texts)
        _add_text_fault(kind, field.name, pc.greater(size_bytes, MOST_TEXT_BYTES), "CELL_TOO_LONG", texts, faults)
        _add_text_fault(kind, field.name, pc.match_substring(texts, "\0"), "CELL_CHARACTER", texts, faults)


def _add_text_fault(
    kind: Kind, column: str, at: pa.ChunkedArray, code: str, texts: pa.ChunkedArray, faults: Faults
) -> None:
    rule = (
        f"more than {MOST_TEXT_BYTES:,} bytes; shorten it"
        if code == "CELL_TOO_LONG"
        else "NUL characters; leave them out"
    )
    faults.add(kind, column, flags(at), code, lambda row: f"{column} {show(texts[row].as_py())} holds {rule}")


def _check_names(kind: Kind, table: pa.Table, is_uid_given: Flags, faults: Faults) -> None:
    for column in NAME_COLUMNS:
        if column in table.schema.names:
            _check_name(kind, column, table[column], is_malformed(table[column]), faults)
    # A derived uid is as good as its parts, and those are judged where they stand.
    _check_name(kind, "uid", table["uid"], is_malformed(table["uid"]) & is_uid_given, faults)


def _check_name(kind: Kind, column: str, names: pa.ChunkedArray, at: Flags, faults: Faults) -> None:
    rule = UID_RULE if column == "uid" else f"it becomes part of uids, and {UID_RULE}"
    faults.add(
        kind,
        column,
        at,
        "INVALID_UID",
        lambda row: f"{column} {show(names[row].as_py())} is malformed: {rule}",
    )


def _check_words(kind: Kind, table: pa.Table, faults: Faults) -> None:
    for column, words in CODED.get(kind, {}).items():
        _check_word(kind, column, table[column], words, faults)


def _check_word(kind: Kind, column: str, given: pa.ChunkedArray, words: type[StrEnum], faults: Faults) -> None:
    allowed = [word.value for word in words if word is not LifeCycleStage.UNSPECIFIED]
    unknown = flags(pc.invert(pc.is_in(given, value_set=pa.array(allowed)))) & flags(given.is_valid())
    faults.add(
        kind,
        column,
        unknown,
        "UNKNOWN_WORD",
        lambda row: f"{column} {show(given[row].as_py())} is not one of {', '.join(allowed)}",
    )


def _check_numbers(kind: Kind, table: pa.Table, faults: Faults) -> None:
    for field in table.schema:
        is_number = pa.types.is_floating(field.type) or pa.types.is_integer(field.type)
        if is_number and table[field.name].null_count < table.num_rows:
            _check_number(kind, field.name, table[field.name], faults)


def _check_number(kind: Kind, column: str, given: pa.ChunkedArray, faults: Faults) -> None:
    values = np.asarray(given.to_numpy(), dtype=np.float64)
    faults.add(
        kind,
        column,
        ~np.isfinite(values) & flags(given.is_valid()),
        "NOT_FINITE",
        lambda row: f"{column} is {values[row]}; a number must be finite",
    )
    limit = RANGES.get(column)
    if limit is not None:
        faults.add(
            kind,
            column,
            limit.excludes(values),
            "OUT_OF_RANGE",
            lambda row: f"{column} is {values[row]:.17g}; it must be {limit.rule}",
        )


def _check_units(kind: Kind, table: pa.Table, faults: Faults) -> None:
    column = UNIT_COLUMNS.get(kind)
    if column is None:
        return
    units = table[column]
    unknown = [unit for unit in pc.unique(units).to_pylist() if unit is not None and not is_unit(unit)]
    if unknown:
        faults.add(
            kind,
            column,
            flags(pc.is_in(units, value_set=pa.array(unknown, pa.string()))),
            "UNKNOWN_UNIT",
            lambda row: f"{column} {show(units[row].as_py())} is not a unit; {unit_advice(units[row].as_py())}",
        )


def _check_identifiers(kind: Kind, table: pa.Table, faults: Faults) -> None:
    if "identifiers" not in table.schema.names:
        return
    given = table["identifiers"]
    faults.add(
        kind,
        "identifiers",
        flags(pc.invert(pc.match_substring_regex(given, f"^{_URN}( {_URN})*$"))),
        "INVALID_IDENTIFIER",
        lambda row: _about_identifiers(given[row].as_py()),
    )


def _about_identifiers(text: str) -> str:
    wrong = next(name for name in split_names(text) if not re.fullmatch(_URN, name))
    return f"identifier {show(wrong)} is not a URN; write urn:gtin:4712345060507, several parted by spaces"


def _check_currencies(supplies: pa.Table, faults: Faults) -> None:
    currency = supplies["currency"]
    malformed = flags(pc.invert(pc.match_substring_regex(currency, _CURRENCY)))
    faults.add(
        Kind.SUPPLY,
        "currency",
        malformed,
        "UNKNOWN_WORD",
        lambda row: f"currency {show(currency[row].as_py())} is not a code of three capitals such as CNY",
    )
    faults.add(
        Kind.SUPPLY,
        "currency",
        flags(supplies["unit_cost"].is_valid()) & flags(currency.is_null()),
        "REQUIRED",
        lambda row: (
            f"unit_cost is {supplies['unit_cost'][row].as_py():.17g} but no currency is given; write CNY or another"
        ),
    )
