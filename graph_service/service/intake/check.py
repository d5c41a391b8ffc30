"""All checks of a batch against the facts it will change, and the facts as they will be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from graph_service.errors import Finding
from graph_service.model.batch import ChangeBatch
from graph_service.model.fact_changes import count_rows
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.cells import check_cells
from graph_service.service.intake.factors import check_factors
from graph_service.service.intake.faults import Faults
from graph_service.service.intake.identity import (
    check_ends,
    check_immutable,
    check_uids,
    check_unchangeable,
    named_ends,
)
from graph_service.service.intake.loops import check_loops
from graph_service.service.intake.normalising import created_uids, keep_decided, normalise
from graph_service.service.intake.quantities import check_equivalents, convert_supplies
from graph_service.service.intake.references import (
    check_ended_are_free,
    check_preceding_items,
    check_references,
    check_region_cycles,
)
from graph_service.service.intake.rows import check_rows
from graph_service.service.intake.shares import check_shares
from graph_service.service.merging import Merge, lay_over, to_merged_facts, to_upserts


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks say of a batch.

    ``findings``: every fault and warning, the door's own first. ``upserts``: the rows that differ from what is
    recorded, complete, by kind; ``ends``: what ends. ``facts``: all facts once the batch is recorded. With errors
    there are no upserts and no ends, and ``facts`` are the old ones. ``created_uids``: given and derived uids of all
    rows, in the order of the batch.
    """

    findings: tuple[Finding, ...]
    upserts: Mapping[Kind, pa.Table]
    ends: Mapping[Kind, Sequence[str]]
    facts: Facts
    created_uids: pa.ChunkedArray
    has_errors: bool

    @property
    def row_count(self) -> int:
        """Rows to write and rows to close."""
        return count_rows(self.upserts, self.ends)

    @property
    def is_empty(self) -> bool:
        """Whether recording the batch would change nothing."""
        return not self.upserts and not self.ends


def check_batch(batch: ChangeBatch, facts: Facts, *, revision: int = 1) -> Checked:
    """Check everything about ``batch`` against ``facts`` and merge them.

    ``revision`` is the one that the batch will become: new declarations are received in it. Raises ``ValueError``
    where a table of the batch has other columns than ``BATCH_SCHEMAS``, a defect of the door.
    """
    tables = keep_decided(normalise(batch), facts)
    faults = Faults(batch)
    check_cells(tables, batch, faults)
    check_rows(tables, faults)
    check_equivalents(tables[Kind.ITEM], faults)
    merge = lay_over(
        facts,
        tables,
        named_ends(batch),
        revision=revision,
        replace=batch.replace,
        convert=lambda supplies, items: convert_supplies(supplies, items, faults),
    )
    _check_merge(merge, faults)
    if faults.has_errors:
        return Checked(faults.findings(), {}, {}, facts, created_uids(tables), has_errors=True)
    ends = {kind: placement.ends for kind, placement in merge.placements.items() if placement.ends}
    return Checked(
        faults.findings(),
        to_upserts(merge.tables, merge.merged),
        ends,
        to_merged_facts(merge.merged),
        created_uids(tables),
        has_errors=False,
    )


def check_rows_alone(batch: ChangeBatch) -> tuple[Finding, ...]:
    """What is wrong with cells and rows by themselves, whatever they refer to."""
    tables, faults = normalise(batch), Faults(batch)
    check_cells(tables, batch, faults)
    check_rows(tables, faults)
    return faults.findings()


def _check_merge(merge: Merge, faults: Faults) -> None:
    """Everything that needs the rest of the graph."""
    check_uids(merge.tables, merge.placements, faults)
    check_ends(merge.ends, merge.tables, merge.facts, faults)
    check_unchangeable(merge.tables, merge.placements, merge.facts, faults)
    check_references(merge, faults)
    check_ended_are_free(merge.placements, merge.facts, merge.ends, faults)
    check_region_cycles(merge.merged[Kind.REGION], faults)
    declarations = merge.merged[Kind.DECLARATION]
    check_immutable(merge.tables[Kind.DECLARATION], merge.placements[Kind.DECLARATION], declarations, faults)
    check_preceding_items(declarations.table, merge.tables[Kind.DECLARATION], faults)
    check_factors(merge, faults)
    check_shares(merge, faults)
    check_loops(merge, faults)
