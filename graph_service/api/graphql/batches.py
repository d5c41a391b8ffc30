"""A pushed batch as columns, and what the checks say about it in the names of the schema."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import pyarrow as pa

from graph_service.api.graphql.batch_inputs import ChangeBatchInput
from graph_service.api.graphql.naming import ContractNames
from graph_service.api.graphql.pages import given
from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind

PUSHED = (Kind.REGION, Kind.SUPPLIER, Kind.ITEM, Kind.FACTOR, Kind.EMISSION, Kind.SUPPLY, Kind.BENCHMARK)
"""The kinds that a batch may hold, in the order of the batch."""

ENDED = {
    Kind.ITEM: "end_items",
    Kind.FACTOR: "end_factors",
    Kind.SUPPLY: "end_supplies",
    Kind.EMISSION: "end_emissions",
}

_FIELD_OF_COLUMN = {
    "parent_uid": "parent",
    "region_uid": "region",
    "supplier_uid": "supplier",
    "item_uid": "item",
    "factor_uid": "factor",
    "input_uid": "input",
    "output_uid": "output",
    "mass_kg": "mass_kg_per_declared_unit",
    "fossil_carbon_kg": "fossil_carbon_kg_per_declared_unit",
    "biogenic_carbon_kg": "biogenic_carbon_kg_per_declared_unit",
}
"""Input fields that are not called as their column."""

_PATH = re.compile(r"(?P<list>[A-Za-z]+)\[(?P<index>\d+)\](?:\.(?P<column>\w+))?")


def change_batch(pushed: ChangeBatchInput) -> ChangeBatch:
    """The batch as the service takes it, unchecked but for what does not survive as one cell."""
    faults: list[Finding] = []
    tables = {}
    for kind in PUSHED:
        rows = getattr(pushed, kind.plural) or []
        if rows:
            tables[kind] = _table(kind, rows, faults)
    ends = {kind: [str(uid) for uid in getattr(pushed, name) or []] for kind, name in ENDED.items()}
    return ChangeBatch(
        tables=tables,
        ends={kind: uids for kind, uids in ends.items() if uids},
        idempotency_key=pushed.idempotency_key,
        expected_revision=given(pushed.expected_revision),
        is_dry_run=bool(pushed.dry_run),
        faults=tuple(faults),
    )


def _table(kind: Kind, rows: Sequence[Any], faults: list[Finding]) -> pa.Table:
    """The rows as a table with the columns of the kind; a field left out is a null."""
    known = {field.name for field in fields(rows[0])}
    columns = []
    for column in BATCH_SCHEMAS[kind]:
        name = _field_of_column(kind, column.name)
        if name not in known:
            columns.append(pa.nulls(len(rows), column.type))
            continue
        values = [given(getattr(row, name)) for row in rows]
        if column.name == "identifiers":
            values = [_one_cell(kind, index, row, faults) for index, row in enumerate(values)]
        elif column.name == "equivalents":
            values = [_equivalents(kind, index, row, faults) for index, row in enumerate(values)]
        columns.append(pa.array(values, column.type))
    return pa.table(columns, schema=BATCH_SCHEMAS[kind])


def _field_of_column(kind: Kind, column: str) -> str:
    if kind is Kind.REGION and column == "uid":
        return "code"
    return _FIELD_OF_COLUMN.get(column, column)


def _one_cell(kind: Kind, index: int, identifiers: Sequence[str] | None, faults: list[Finding]) -> str | None:
    for place, identifier in enumerate(identifiers or ()):
        if not identifier or any(sign.isspace() for sign in identifier):
            path = f"{kind.plural}[{index}].identifiers[{place}]"
            message = f"{identifier!r} is no identifier; write a URN without spaces, as urn:gtin:4712345060507"
            faults.append(Finding("INVALID_IDENTIFIER", "ERROR", path, message))
    return " ".join(identifiers) if identifiers else None


def _equivalents(kind: Kind, index: int, quantities: Sequence[Any] | None, faults: list[Finding]) -> str | None:
    for place, quantity in enumerate(quantities or ()):
        if ";" in quantity.unit:
            path = f"{kind.plural}[{index}].equivalents[{place}].unit"
            faults.append(Finding("UNKNOWN_UNIT", "ERROR", path, f"{quantity.unit!r} is no unit; write one, as kWh"))
    return "; ".join(f"{quantity.amount!r} {quantity.unit}" for quantity in quantities or ()) or None


_NAMES = ContractNames()
_COLUMN_FIELDS: Mapping[tuple[str, str], str] = {
    (kind.plural, column.name): _NAMES.apply_naming_config(_field_of_column(kind, column.name))
    for kind in PUSHED
    for column in BATCH_SCHEMAS[kind]
}


def in_schema_names(finding: Finding) -> Finding:
    """The finding with its path in the names of the schema: ``supplies[3].input`` for ``supplies[3].input_uid``."""
    match = _PATH.match(finding.path)
    if match is None or match["column"] is None:
        return finding
    field = _COLUMN_FIELDS.get((match["list"], match["column"]))
    if field is None:
        return finding
    path = f"{match['list']}[{match['index']}].{field}{finding.path[match.end() :]}"
    return replace(finding, path=path)
