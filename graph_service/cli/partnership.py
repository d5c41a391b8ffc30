"""What the commands about partners share: the exchange on the chosen store, and finding a partner by its name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graph_service.bootstrap import Services, exchange_of
from graph_service.cli.invocation import Invocation
from graph_service.errors import InvalidInput, NotFound
from graph_service.exchange.partner_client import CredentialSealing
from graph_service.model.partners import Partner
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.register import list_partners


@dataclass(frozen=True, slots=True)
class Desk:
    """The services, the exchange on them, and what secrets are sealed with."""

    services: Services
    exchange: Exchange
    sealing: CredentialSealing


@asynccontextmanager
async def exchanging(invocation: Invocation) -> AsyncIterator[Desk]:
    """The exchange with partners on the chosen store while the block runs."""
    async with invocation.services() as services:
        exchange = exchange_of(services)
        sealing = CredentialSealing(services.settings.secret_key.get_secret_value())
        yield Desk(services, exchange, sealing)


async def find_partner(desk: Desk, called: str) -> Partner:
    """The partner of that uid, or the one of that name. Raises ``NotFound``, ``InvalidInput`` where several have it."""
    partners = await list_partners(desk.services.store)
    by_uid = [partner for partner in partners if partner.uid == called]
    by_name = [partner for partner in partners if partner.name == called]
    standing = [partner for partner in by_name if partner.revoked_at is None]
    found = by_uid or standing or by_name
    if not found:
        raise NotFound(f"no partner has the uid or name {called!r}; partners list shows them")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} partners are called {called!r}; give the uid that partners list shows")
    return found[0]
