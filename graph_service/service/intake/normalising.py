"""A batch as given -> rows with every default filled in, uids and references in NFC, empty texts as not given."""

import calendar
from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts, from_facts, rows_of
from graph_service.model.tables import BATCH_SCHEMAS, KEPT
from graph_service.model.uids import (
    BENCHMARK_KEY,
    EMISSION_KEY,
    SUPPLY_KEY,
    fill_declaration_uids,
    fill_uids,
    to_nfc,
)
from graph_service.model.vocabulary import (
    AcceptanceRule,
    CarbonComponent,
    DataType,
    DeclarationState,
    DocumentFormat,
    ItemKind,
    Kind,
    LifeCycleStage,
    RatingScale,
    SystemBoundary,
)

DECLARATION_YEARS = 3
"""A declaration without an end is valid until so many years after its reference period, as in PACT."""

_DEFAULTS: Mapping[Kind, Mapping[str, object]] = {
    Kind.ITEM: {"kind": ItemKind.COMPONENT.value},
    Kind.EMISSION: {
        "stage": LifeCycleStage.MANUFACTURING.value,
        "component": CarbonComponent.UNSPECIFIED.value,
        "data_type": DataType.SECONDARY.value,
        "is_verified": False,
    },
    Kind.SUPPLY: {"stage": LifeCycleStage.RAW_MATERIAL.value, "share": 1.0},
    Kind.DECLARATION: {
        "rating_scale": RatingScale.V3.value,
        "boundary": SystemBoundary.CRADLE_TO_GATE.value,
        "document_format": DocumentFormat.TABLE.value,
    },
}
_UNDECIDED: Mapping[Kind, Mapping[str, str]] = {
    Kind.SUPPLIER: {"acceptance": AcceptanceRule.REVIEW.value},
    Kind.DECLARATION: {"state": DeclarationState.ACCEPTED.value},
}
"""What stands where the chain leader decided nothing. Declarations of its own data sets count as accepted."""
_COMPARED_AS_TEXT = ("line", "flow", "category", "preceding")
_LISTS_OF_NAMES = ("identifiers", "preceding", "product_ids", "company_ids", "classifications")


def normalise(batch: ChangeBatch) -> Mapping[Kind, pa.Table]:
    """A table for every kind, with the columns of ``BATCH_SCHEMAS`` and every uid given or derived.

    Raises ``ValueError`` where a table has other columns: a defect of the door.
    """
    tables = {}
    for kind in Kind:
        table = batch.tables.get(kind)
        if table is None:
            table = BATCH_SCHEMAS[kind].empty_table()
        if not table.schema.equals(BATCH_SCHEMAS[kind]):
            raise ValueError(f"the batch's {kind.plural} have columns {table.schema}, not those of BATCH_SCHEMAS")
        tables[kind] = normalise_rows(kind, table)
    return tables


def normalise_rows(kind: Kind, table: pa.Table) -> pa.Table:
    """One kind's rows, complete."""
    if table.num_rows == 0:
        return table
    table = _normalise_texts(table)
    for name, value in _DEFAULTS.get(kind, {}).items():
        table = _replace(table, name, pc.fill_null(table[name], value))
    if kind is Kind.ITEM:
        table = _replace(table, "name", pc.coalesce(table["name"], table["uid"]))
    if kind is Kind.DECLARATION:
        table = _replace(table, "valid_to", pc.coalesce(table["valid_to"], _default_ends(table)))
    return _replace(table, "uid", _fill_uids(kind, table))


def keep_decided(tables: Mapping[Kind, pa.Table], facts: Facts) -> Mapping[Kind, pa.Table]:
    """The rows with what the chain leader decided before, wherever they do not decide it anew."""
    return {kind: _keep_decided(kind, table, facts) if kind in KEPT else table for kind, table in tables.items()}


def _keep_decided(kind: Kind, table: pa.Table, facts: Facts) -> pa.Table:
    """The first of the columns decides: where it is given, the others are what comes with it, given or not."""
    lead = KEPT[kind][0]
    if table[lead].null_count == 0:
        return table
    is_open = table[lead].is_null()
    places = rows_of(table["uid"], facts.tables[kind]["uid"])
    recorded = from_facts(kind, facts, facts.tables[kind].take(places.drop_null()))
    # One row for each of the table: of those that are not recorded yet, all nulls.
    at = pc.if_else(places.is_valid(), pc.subtract(pc.cumulative_sum(pc.cast(places.is_valid(), pa.int32())), 1), None)
    for name in KEPT[kind]:
        kept = pc.coalesce(table[name], recorded[name].combine_chunks().take(at))
        if name in _UNDECIDED[kind]:
            kept = pc.fill_null(kept, _UNDECIDED[kind][name])
        table = _replace(table, name, pc.if_else(is_open, kept, table[name]))
    return table


def created_uids(tables: Mapping[Kind, pa.Table]) -> pa.ChunkedArray:
    """Given and derived uids of all rows of normalised tables, in the order of the batch."""
    chunks = [chunk for kind in Kind for chunk in tables[kind]["uid"].chunks]
    return pa.chunked_array(chunks, pa.string())


def _fill_uids(kind: Kind, table: pa.Table) -> pa.ChunkedArray:
    match kind:
        case Kind.SUPPLY:
            return fill_uids(table, SUPPLY_KEY, has_ordinal=True)
        case Kind.EMISSION:
            return fill_uids(table, EMISSION_KEY, has_ordinal=True)
        case Kind.BENCHMARK:
            # a benchmark has no name of its own: what identifies it is the key, whatever a door put in its place
            nameless = _replace(table, "uid", pa.chunked_array([pa.nulls(table.num_rows, pa.string())]))
            return fill_uids(nameless, BENCHMARK_KEY, has_ordinal=False)
        case Kind.DECLARATION:
            return fill_declaration_uids(table)
        case _:
            return table["uid"]


def _normalise_texts(table: pa.Table) -> pa.Table:
    for field in table.schema:
        if field.type != pa.string() or table[field.name].null_count == table.num_rows:
            continue
        column = table[field.name]
        if field.name in _LISTS_OF_NAMES:
            column = pc.utf8_trim_whitespace(pc.replace_substring_regex(column, r"\s+", " "))
        if pc.any(pc.equal(column, ""), min_count=0).as_py():
            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        if field.name == "uid" or field.name.endswith("_uid") or field.name in _COMPARED_AS_TEXT:
            column = to_nfc(column)
        table = _replace(table, field.name, column)
    return table


def _default_ends(table: pa.Table) -> pa.ChunkedArray:
    ends = table["reference_period_end"]
    known = pc.drop_null(pc.unique(ends))
    later = pa.array([_years_later(day) for day in known.to_pylist()], pa.date32())
    return later.take(pc.index_in(ends, value_set=known, skip_nulls=True))


def _years_later(day: date) -> date:
    year = min(day.year + DECLARATION_YEARS, date.max.year)
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def _replace(table: pa.Table, name: str, column: pa.ChunkedArray | pa.Array) -> pa.Table:
    if column is table[name]:
        return table
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
