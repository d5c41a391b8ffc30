"""Footprints fetched from a partner: those that it says it published, or all that it lists."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.errors import InvalidInput, PartnerRefused
from graph_service.model.batch import ChangesRefused, ClientName, Principal
from graph_service.model.partners import FootprintQuery, Partner
from graph_service.model.vocabulary import Door, Role
from graph_service.ports import PartnerClient
from graph_service.service.declaring.declaring import Declared, declare
from graph_service.service.partners.context import UNKEYED, Exchange, error_of
from graph_service.service.partners.outbox import Delivery, Fetch, Rng

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulled:
    """How many footprints a partner listed, and what became of them; ``refusals``: why those refused were."""

    listed: int = 0
    new: int = 0
    known: int = 0
    waiting: int = 0
    refused: int = 0
    refusals: tuple[str, ...] = ()


MOST_REFUSALS_TOLD = 20


def principal_of_partner(partner: Partner) -> Principal:
    """As whom a partner's footprints come in: its supplier. Raises ``InvalidInput`` where it serves none."""
    if partner.supplier_uid is None:
        raise InvalidInput(
            f"partner {partner.name!r} serves no supplier, so nothing says whose footprints it has; add it with one"
        )
    return Principal(ClientName(partner.key_id), f"partner {partner.name}", Role.SUPPLIER, partner.supplier_uid)


def make_fetch(client: PartnerClient, exchange: Exchange) -> Fetch:
    """What the outbox fetches published footprints with."""

    async def fetch(partner: Partner, ids: Sequence[str]) -> None:
        principal = principal_of_partner(partner)
        documents, refusals = [], []
        for footprint_id in ids:
            try:
                documents.append(await client.footprint(partner, footprint_id))
            except PartnerRefused as error:  # the others are none the worse for it
                refusals.append(f"{footprint_id}: {error.message}")
        pulled = await _take_page(documents, principal, exchange)
        refusals += pulled.refusals
        if refusals:
            raise InvalidInput("; ".join(refusals))

    return fetch


def delivery_of(exchange: Exchange, client: PartnerClient, rng: Rng) -> Delivery:
    """What the outbox is delivered with: events sent, published footprints fetched and declared."""
    return Delivery(exchange.store, client, make_fetch(client, exchange), exchange.clock, rng)


async def pull(
    partner: Partner, *, client: PartnerClient, exchange: Exchange, query: FootprintQuery | None = None
) -> Pulled:
    """Declare all that a partner lists, page by page. Footprints at fault are refused one by one.

    Raises ``PartnerUnavailable``, ``PartnerRefused``, and ``Conflict`` where others record without a pause; what was
    declared before stays, and is known the next time.
    """
    if partner.revoked_at is not None:
        raise PartnerRefused(f"partner {partner.name!r} is revoked; nothing is fetched from it")
    principal = principal_of_partner(partner)
    total = Pulled()
    async for page in client.footprints(partner, query or FootprintQuery()):
        total = _sum(total, await _take_page(page, principal, exchange))
    return total


async def _take_page(page: Sequence[object], principal: Principal, exchange: Exchange) -> Pulled:
    if not page:
        return Pulled()
    outcome = await _declare(page, principal, exchange)
    if isinstance(outcome, Declared):
        return _count(outcome)
    if len(page) == 1:
        if outcome.code == "CONFLICT":
            raise error_of(outcome)
        return Pulled(1, refused=1, refusals=(_first_fault(outcome),))
    # Halves: few footprints are at fault at once, and the fewer there are, the sooner they are between two batches.
    middle = len(page) // 2
    first = await _take_page(page[:middle], principal, exchange)
    return _sum(first, await _take_page(page[middle:], principal, exchange))


async def _declare(documents: Sequence[object], principal: Principal, exchange: Exchange) -> Declared | ChangesRefused:
    pushes = [exchange.pact.read_footprint(document, path=f"pfs[{place}]") for place, document in enumerate(documents)]
    return await declare(
        pushes,
        call=UNKEYED,
        principal=principal,
        door=Door.PACT,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
    )


def _count(declared: Declared) -> Pulled:
    known = sum(outcome.is_known for outcome in declared.outcomes)
    waiting = sum(outcome.waiting_uid is not None for outcome in declared.outcomes)
    listed = len(declared.outcomes)
    return Pulled(listed, listed - known - waiting, known, waiting)


def _sum(one: Pulled, other: Pulled) -> Pulled:
    return Pulled(
        one.listed + other.listed,
        one.new + other.new,
        one.known + other.known,
        one.waiting + other.waiting,
        one.refused + other.refused,
        (one.refusals + other.refusals)[:MOST_REFUSALS_TOLD],
    )


def _first_fault(refused: ChangesRefused) -> str:
    faults = [finding for finding in refused.findings if finding.severity == "ERROR"]
    return f"{faults[0].path}: {faults[0].message}" if faults else refused.code
