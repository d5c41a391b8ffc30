"""What the services need from outside, with the promises that every home of the graph keeps.

``tests/contract`` holds each store to these promises.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from graph_service.model.access import AccessKey
from graph_service.model.batch import ClientName, Idempotency, PreparedBatch, Receipt
from graph_service.model.fact_changes import FactChanges
from graph_service.model.facts import Facts, Revision
from graph_service.model.partners import FootprintQuery, PactVersion, Partner, PartnerEvent
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, OutgoingEvent, SideRecord
from graph_service.model.vocabulary import EventState


class GraphStore(Protocol):
    """The recorded graph: bitemporal facts, revisions, idempotency keys, access keys, and what lies beside it.

    Every method may raise ``StoreUnavailable``; driver errors never pass this border. What ``apply`` answered is
    durable. A reader sees whole revisions only, whatever is written meanwhile, by whichever process.
    """

    async def apply(self, batch: PreparedBatch) -> Receipt:
        """Record a batch, all of it or none, as revision ``base_revision + 1``.

        In one transaction, under the store's write lock, in this order: a known idempotency key with the same
        body hash answers its first answer again (``is_replayed``); a known key with another hash raises; a
        ``base_revision`` that is not the newest raises; else every upsert closes the open row of its uid and opens
        a new one, every end closes, what lies beside the graph, the revision and the key are written. A batch with
        neither rows nor anything beside them records its key alone and answers the newest revision. ``recorded_at``
        never runs backwards: the later of the batch's and the newest revision's is kept.

        Raises
        ------
        KeyReused
            The key came before with another body.
        Conflict
            ``base_revision`` is not the newest revision, or another writer holds the store.
        AlreadyRecorded
            A side record that must be new is there already, whatever its content; ``details['key']`` names it.
        """
        ...

    async def side_records(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, SideRecord]:
        """The records of these keys, as last written; an unknown key is absent."""
        ...

    async def list_side_records(
        self, collection: Collection, *, first: int, after: str = "", owner: str | None = None
    ) -> Sequence[SideRecord]:
        """At most ``first`` records with keys above ``after``, ordered by key (code points); of one owner or of all."""
        ...

    async def take_events(self, *, now: datetime, leased_until: datetime, most: int) -> Sequence[OutgoingEvent]:
        """Events to deliver now, each leased until then; at most one per partner, by ``next_attempt_at``, sequence.

        An event is due where it is PENDING, its ``next_attempt_at`` has come, no event of its partner is leased, and
        none of the same partner and aggregate with a lower sequence is PENDING. Two callers never get the same event
        while its lease runs.
        """
        ...

    async def settle_event(self, event: OutgoingEvent, *, leased_until: datetime) -> bool:
        """Write state, attempts, next attempt and last answer of an event taken under that lease, and end the lease.

        False, and nothing written, where the lease is not that one any more.
        """
        ...

    async def list_events(
        self, *, first: int, after: int = 0, state: EventState | None = None, partner_uid: str | None = None
    ) -> Sequence[OutgoingEvent]:
        """At most ``first`` events with sequences above ``after``, ordered by sequence."""
        ...

    async def revive_event(self, event_id: str, now: datetime) -> bool:
        """Make a DEAD event PENDING again, without attempts, due at ``now``; False where no DEAD event has that id."""
        ...

    async def recall(self, client: ClientName, key: str) -> tuple[Idempotency, Revision] | None:
        """The recorded use of a client's key and the revision it answered; None when unknown or expired."""
        ...

    async def revision(self) -> Revision:
        """The newest revision; number 0 on a store without batches, recorded when the store was made."""
        ...

    async def revision_by_number(self, number: int) -> Revision | None:
        """The revision of that number, None where there is none."""
        ...

    async def revision_known_at(self, known_at: datetime) -> Revision | None:
        """The newest revision recorded at or before ``known_at``; None before the store was made."""
        ...

    async def revisions(self, *, first: int, below: int | None = None, above: int | None = None) -> Sequence[Revision]:
        """At most ``first`` revisions, newest first, with ``above < number < below``.

        With ``above`` and no ``below`` the oldest of them are taken, still answered newest first.
        """
        ...

    async def export(self, revision: int) -> Facts:
        """All facts believed at ``revision``, of every day. The caller names a revision that exists."""
        ...

    async def changes_since(self, revision: int, to_revision: int, *, most_rows: int) -> FactChanges | None:
        """What makes the facts believed at ``revision`` those believed at ``to_revision``, the same or a later one.

        None where an export is the better answer: the batches between recorded and ended more than ``most_rows``
        rows together, or the store does not know (or not quickly) row by row what they touched. What it costs grows
        with the rows touched, not with the graph.

        Raises
        ------
        NotFound
            Revisions between the two do not exist.
        """
        ...

    async def add_key(self, key: AccessKey) -> None:
        """Keep a new access key; keys live outside revisions."""
        ...

    async def key_by_id(self, key_id: str) -> AccessKey | None: ...

    async def keys(self) -> Sequence[AccessKey]:
        """All access keys, revoked ones too, ordered by creation, id."""
        ...

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> bool:
        """End a key from now on; False where it is unknown. A second time changes nothing."""
        ...

    async def check_ready(self) -> None:
        """Answer when the store does and its schema is at head; raises ``StoreUnavailable`` with the reason."""
        ...

    async def close(self) -> None:
        """Give back connections and threads; nothing acknowledged is lost without it."""
        ...


class PactFormat(Protocol):
    """PACT documents and events, read and written."""

    def read_footprint(self, document: object, *, path: str = "") -> PushedDeclaration:
        """A ProductFootprint of V3 or V2, checked; what is wrong with it stands in its findings."""
        ...

    def write_footprint(self, footprint: PushedDeclaration, *, version: PactVersion) -> Mapping[str, object]:
        """The footprint as a ProductFootprint; a document of that version as it came, but for its status.

        Raises ``InvalidInput`` where fields that the version demands are not known; the message names them.
        """
        ...

    def write_event(
        self, event: PartnerEvent, *, version: PactVersion, source: str, time: datetime
    ) -> Mapping[str, object]:
        """The event as a structured CloudEvent; footprints in it are written in the same version."""
        ...


class PartnerClient(Protocol):
    """The PACT doors of partners.

    Every method may raise ``PartnerUnavailable`` (no answer, 408, 425, 429, 5xx) and ``PartnerRefused`` (any other
    answer, an address that may not be called, an answer that is not what the specification says).
    """

    async def send_event(self, partner: Partner, event: Mapping[str, object]) -> None:
        """Post a CloudEvent; done when it was answered 2xx."""
        ...

    async def footprint(self, partner: Partner, footprint_id: str) -> object:
        """One footprint as the JSON value that the partner answers."""
        ...

    def footprints(self, partner: Partner, query: FootprintQuery) -> AsyncIterator[Sequence[object]]:
        """The partner's footprints, page by page to the last one, as the JSON values that it answers."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, with offset UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)
