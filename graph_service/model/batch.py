"""Batches: the only way in. What a door hands over, what the store writes, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

import pyarrow as pa

from graph_service.errors import Finding
from graph_service.model.fact_changes import count_rows
from graph_service.model.facts import Revision
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import Door, Kind, Role

ClientName = NewType("ClientName", str)
"""Whose idempotency keys these are: the id of an access key, or ``cli``."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. ``supplier_uid`` is set for the role SUPPLIER."""

    client: ClientName
    name: str
    role: Role
    supplier_uid: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What a door hands over: rows as given, unchecked, a table per kind with the columns of ``BATCH_SCHEMAS``.

    ``ends`` names the uids, by kind, that end with this batch; ``replace`` ends all that the batch leaves out.
    ``faults`` are what the door found while parsing; they refuse the batch together with the service's own.
    """

    tables: Mapping[Kind, pa.Table]
    ends: Mapping[Kind, Sequence[str]] = field(default_factory=dict)
    idempotency_key: str | None = None
    expected_revision: int | None = None
    is_dry_run: bool = False
    replace: bool = False
    faults: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Idempotency:
    """One use of an idempotency key: whose, which, of what content, and the answer to give again.

    ``body_hash`` is SHA-256, hexadecimal; ``answer`` is opaque to the store, JSON text.
    """

    client: ClientName
    key: str
    body_hash: str
    answer: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a batch writes beside the graph, in the same transaction: records to put and to remove, events to send."""

    records: tuple[SideRecord, ...] = ()
    removed: tuple[tuple[Collection, str], ...] = ()
    events: tuple[OutgoingEvent, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is none of it."""
        return not (self.records or self.removed or self.events)


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """A checked batch as the store writes it: only rows that differ from what is recorded.

    ``upserts`` have the columns of ``BATCH_SCHEMAS``, uids and words resolved and complete, amounts in the input's
    declared unit; each replaces the open row of its uid. ``ends`` closes open rows. All checks were made against
    ``base_revision``; the store refuses the batch when that is no longer the newest.
    """

    base_revision: int
    upserts: Mapping[Kind, pa.Table]
    ends: Mapping[Kind, Sequence[str]]
    recorded_at: datetime
    by: str
    door: Door
    summary: str
    idempotency: Idempotency | None = None
    beside: Beside = NOTHING_BESIDE

    @property
    def row_count(self) -> int:
        """Rows to write and rows to close."""
        return count_rows(self.upserts, self.ends)

    @property
    def is_empty(self) -> bool:
        """Whether the batch writes nothing but its key."""
        return self.row_count == 0 and self.beside.is_empty


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a store answers: the revision now holding the batch; ``answer`` of the first time when replayed.

    ``has_returned``: an item or declaration of the batch was recorded once before and had ended, so that it takes its
    old place among the facts; true also where the store cannot tell.
    """

    revision: Revision
    is_replayed: bool = False
    answer: str | None = None
    has_returned: bool = True


@dataclass(frozen=True, slots=True)
class ChangesApplied:
    """An accepted batch. ``created_uids``: given and derived uids of all rows, in the order of the batch.

    ``told``: what else is answered, by name, as the first time; JSON values.
    """

    revision: Revision
    created_uids: pa.ChunkedArray
    findings: tuple[Finding, ...]
    is_replayed: bool = False
    is_dry_run: bool = False
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangesRefused:
    """A refused batch: nothing was recorded. ``code``: INVALID, CONFLICT, NOT_ALLOWED, KEY_REUSED, UNSOLVABLE."""

    code: str
    revision: Revision
    findings: tuple[Finding, ...]
