"""Settings -> services: the only place where parts are chosen and joined."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from graph_service.errors import InvalidInput
from graph_service.exchange.pact import PactDocuments
from graph_service.exchange.partner_client import CredentialSealing, HttpPartnerClient
from graph_service.ports import Clock, GraphStore, PactFormat, PartnerClient, SystemClock
from graph_service.service.partners.context import Exchange
from graph_service.service.snapshots import Snapshots
from graph_service.settings import Settings, mask_password

NEO4J_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


@dataclass(frozen=True, slots=True)
class Services:
    """All that a door needs: the store, the graphs in memory, the clock, the settings, PACT and the way to partners."""

    store: GraphStore
    snapshots: Snapshots
    clock: Clock
    settings: Settings
    pact: PactFormat
    partners: PartnerClient


def join_services(store: GraphStore, *, clock: Clock, settings: Settings) -> Services:
    """The services on an open store; whoever opened it closes it, and the partner client."""
    client = HttpPartnerClient(
        sealing=CredentialSealing(settings.secret_key.get_secret_value()),
        clock=clock,
        allow_private=settings.partner_allow_private,
        ca_file=settings.partner_ca,
    )
    snapshots = Snapshots(store, clock, ZoneInfo(settings.time_zone))
    return Services(store, snapshots, clock, settings, PactDocuments(), client)


async def open_store(url: str, *, clock: Clock) -> GraphStore:
    """The store that ``url`` names, its schema brought to head.

    Raises
    ------
    InvalidInput
        The URL names no store.
    StoreUnavailable
        The store does not answer.
    """
    # A store is imported when it is chosen: the driver of the other one takes half a second.
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        from graph_service.store.embedded import EmbeddedStore

        return await EmbeddedStore.open(sqlite_path(url), clock=clock)
    if parts.scheme in NEO4J_SCHEMES and parts.hostname:
        try:
            port = parts.port or 7687
        except ValueError as error:
            raise InvalidInput(f"store URL {mask_password(url)}: the port is not a number from 0 to 65535") from error
        from graph_service.store.neo4j import Neo4jStore

        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return await Neo4jStore.open(
            uri=f"{parts.scheme}://{host}:{port}",
            user=unquote(parts.username or "neo4j"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or "neo4j",
            clock=clock,
        )
    raise InvalidInput(
        f"store URL {mask_password(url)!r} names no store: write sqlite:///path/file.db or "
        "neo4j://user:password@host:7687/database (schemes " + ", ".join(NEO4J_SCHEMES) + ")"
    )


def sqlite_path(url: str) -> Path:
    """The file that a ``sqlite:`` URL names: ``sqlite:///path/file.db`` is ``/path/file.db``.

    A bare name, ``sqlite:///file.db`` or ``sqlite:file.db``, lies in the current directory.
    """
    rest = unquote(url.removeprefix("sqlite:"))
    if rest.startswith("//") and not rest.startswith("///"):
        raise InvalidInput(f"store URL {url!r}: a SQLite file has no host; write sqlite:///path/file.db")
    path = rest.removeprefix("//")
    if path.count("/") <= 1:
        path = path.lstrip("/")
    if not path or path.endswith("/"):
        raise InvalidInput(f"store URL {url!r} names no file; write sqlite:///path/file.db")
    return Path("/" + path.lstrip("/") if path.startswith("/") else path)


def exchange_of(services: Services) -> Exchange:
    """The exchange with partners on these services, in the name of the public address."""
    settings = services.settings
    parts = urlsplit(settings.public_url)
    if parts.netloc:
        source = f"//{parts.netloc}{parts.path.rstrip('/')}"
    else:
        source = f"//{settings.host}:{settings.port}{settings.base_path.rstrip('/')}"
    return Exchange(services.store, services.snapshots, services.clock, services.pact, source)


@asynccontextmanager
async def open_services(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Services]:
    """The services of ``settings`` while the block runs; the store is closed at its end."""
    clock = clock or SystemClock()
    store = await open_store(settings.store, clock=clock)
    try:
        services = join_services(store, clock=clock, settings=settings)
        try:
            yield services
        finally:
            await services.partners.close()
    finally:
        await store.close()
