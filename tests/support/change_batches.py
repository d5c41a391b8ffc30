"""Batches as a door hands them over: unchecked, what is left out is not given."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts, empty_facts
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import Checked, check_batch

Record = Mapping[str, object]


def rows(kind: Kind, records: Sequence[Record]) -> pa.Table:
    """Records as a table of a batch; a column that a record leaves out is null."""
    for record in records:
        unknown = set(record) - set(BATCH_SCHEMAS[kind].names)
        assert not unknown, f"{kind} has no {unknown}"
    return pa.Table.from_pylist([dict(record) for record in records], schema=BATCH_SCHEMAS[kind])


def change_batch(
    *,
    ends: Mapping[Kind, Sequence[str]] | None = None,
    replace: bool = False,
    faults: Sequence[Finding] = (),
    idempotency_key: str | None = None,
    expected_revision: int | None = None,
    is_dry_run: bool = False,
    **records: Sequence[Record],
) -> ChangeBatch:
    """A batch of records by the plural of their kind: ``change_batch(items=[{"uid": "a", ...}])``."""
    return ChangeBatch(
        tables_of(records),
        ends=ends or {},
        replace=replace,
        faults=tuple(faults),
        idempotency_key=idempotency_key,
        expected_revision=expected_revision,
        is_dry_run=is_dry_run,
    )


def tables_of(records: Mapping[str, Sequence[Record]]) -> Mapping[Kind, pa.Table]:
    """Tables of records by the plural of their kind."""
    kind_of = {kind.plural: kind for kind in Kind}
    return {kind_of[plural]: rows(kind_of[plural], given) for plural, given in records.items()}


def item(uid: str, **columns: object) -> Record:
    return {"uid": uid, "declared_unit": "kg", **columns}


def supply(input_uid: str, output_uid: str, amount: float = 1.0, **columns: object) -> Record:
    return {"input_uid": input_uid, "output_uid": output_uid, "amount": amount, **columns}


def factor(uid: str, **columns: object) -> Record:
    given = {"name": uid, "flow": "electricity", "kind": "CARBON_FOOTPRINT", "kgco2e": 0.6, "unit": "kWh"}
    origin = {"region_uid": "CN", "year": 2024, "boundary": "b", "gwp_set": "AR6", "source": "s", "licence": "l"}
    return {"uid": uid, **given, **origin, **columns}


def recorded(**records: Sequence[Record]) -> Facts:
    """The facts after a sound batch on an empty store."""
    checked = check_batch(ChangeBatch(tables_of(records)), empty_facts())
    assert not checked.has_errors, checked.findings
    return checked.facts


def told(checked: Checked, *, severity: str = "ERROR") -> list[tuple[str, str]]:
    """Code and path of each finding."""
    return [(finding.code, finding.path) for finding in checked.findings if finding.severity == severity]
