"""Partners: who they are, the key that each comes in with, and where we go to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from graph_service.errors import InvalidInput, NotFound
from graph_service.model.access import parse_key
from graph_service.model.batch import Beside, Principal
from graph_service.model.facts import Facts, rows_of
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Door, Role
from graph_service.ports import GraphStore
from graph_service.service.access import create_key, revoke_key
from graph_service.service.partners.context import Exchange, check_leader, moment_text, new_id, record_beside
from graph_service.service.side_record_pages import every_record

LONGEST_NAME = 200
LONGEST_SECRET = 4096
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


class Sealing(Protocol):
    """Encrypts a secret so that it may lie in the store."""

    def seal(self, text: str, *, context: str) -> str:
        """``text`` encrypted. Raises ``InvalidInput`` where the setting SECRET_KEY is missing or too short."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """Ours at a partner's service."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class PartnerTerms:
    """What a partner is registered with. None in a change: as it was."""

    name: str | None = None
    base_url: str | None = None
    version: PactVersion | None = None
    item_uids: tuple[str, ...] | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new partner with what it comes in with; the secret is shown this once."""

    partner: Partner
    client_id: str
    client_secret: str


async def add_partner(
    terms: PartnerTerms,
    *,
    supplier_uid: str | None,
    sealing: Sealing,
    principal: Principal,
    door: Door,
    exchange: Exchange,
) -> Registered:
    """Register a partner, with a new access key: of that supplier, else one that reads what it was granted.

    Raises ``NotAllowed``, and ``InvalidInput`` naming what is wrong.
    """
    check_leader(principal)
    if terms.name is None or terms.base_url is None:
        raise InvalidInput("a partner has a name and the address of its service")
    _check_terms(terms)
    uid = new_id()
    sealed = _sealed(terms.credentials, uid, sealing)
    _, facts = await exchange.snapshots.newest()
    _check_items(facts, terms.item_uids or ())
    text = await create_key(
        role=Role.PUBLIC if supplier_uid is None else Role.SUPPLIER,
        supplier_uid=supplier_uid,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
    )
    key_id, secret = _parts(text)
    partner = Partner(
        uid,
        terms.name,
        terms.base_url.rstrip("/"),
        terms.version or PactVersion.V3,
        key_id,
        None if terms.credentials is None else terms.credentials.client_id,
        sealed,
        supplier_uid,
        terms.item_uids or (),
    )
    try:
        await _record(partner, f"partner {terms.name} added", principal, door, exchange, is_new=True)
    except BaseException:
        # A key without a partner would open and be nobody's.
        await revoke_key(key_id, store=exchange.store, clock=exchange.clock)
        raise
    return Registered(partner, key_id, secret)


async def change_partner(
    uid: str, terms: PartnerTerms, *, sealing: Sealing, principal: Principal, door: Door, exchange: Exchange
) -> Partner:
    """The partner with what is given of ``terms`` in place of what was. Raises as ``add_partner``, and ``NotFound``."""
    check_leader(principal)
    _check_terms(terms)
    before = await get_partner(exchange.store, uid)
    if before.revoked_at is not None:
        raise InvalidInput(f"partner {uid!r} is revoked; add it anew")
    given: dict[str, object] = {
        "name": terms.name,
        "base_url": None if terms.base_url is None else terms.base_url.rstrip("/"),
        "version": terms.version,
        "item_uids": terms.item_uids,
        "client_id": None if terms.credentials is None else terms.credentials.client_id,
        "sealed_secret": _sealed(terms.credentials, uid, sealing),
    }
    after = replace(before, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    await _record(after, f"partner {after.name} changed", principal, door, exchange)
    return after


async def revoke_partner(uid: str, *, principal: Principal, door: Door, exchange: Exchange) -> Partner:
    """The partner, whose key opens nothing from now on and whom nothing is sent any more. Raises ``NotFound``."""
    check_leader(principal)
    partner = await get_partner(exchange.store, uid)
    await revoke_key(partner.key_id, store=exchange.store, clock=exchange.clock)
    if partner.revoked_at is not None:
        return partner
    revoked = replace(partner, revoked_at=moment_text(exchange.clock.now()))
    await _record(revoked, f"partner {partner.name} revoked", principal, door, exchange)
    return revoked


async def list_partners(store: GraphStore) -> Sequence[Partner]:
    """All partners, revoked ones too, by name, uid."""
    found = [Partner.from_record(record) for record in await every_record(store, Collection.PARTNER)]
    return sorted(found, key=lambda partner: (partner.name, partner.uid))


async def get_partner(store: GraphStore, uid: str) -> Partner:
    """The partner of that uid. Raises ``NotFound``."""
    records = await store.side_records(Collection.PARTNER, [uid])
    if uid not in records:
        raise NotFound(f"no partner has the uid {uid!r}; partners list shows them")
    return Partner.from_record(records[uid])


async def partner_of_key(store: GraphStore, key_id: str) -> Partner | None:
    """The partner that comes in with that access key; None where it is nobody's or revoked."""
    records = await store.list_side_records(Collection.PARTNER, first=1, owner=key_id)
    partner = Partner.from_record(records[0]) if records and key_id else None
    return None if partner is None or partner.revoked_at is not None else partner


async def partner_of_supplier(store: GraphStore, supplier_uid: str) -> Partner | None:
    """The partner whose service is that supplier's and takes events of ours; the first by name of several."""
    for partner in await list_partners(store):
        is_reachable = partner.revoked_at is None and partner.client_id is not None
        if is_reachable and partner.supplier_uid == supplier_uid:
            return partner
    return None


async def readers_of(store: GraphStore, item_uid: str) -> Sequence[Partner]:
    """The partners that may read what is published of an item and take events of ours."""
    return [
        partner
        for partner in await list_partners(store)
        if partner.revoked_at is None and partner.client_id is not None and item_uid in partner.item_uids
    ]


def check_base_url(text: str) -> None:
    """Raise ``InvalidInput`` unless it is an address of a service: https, or plain http on this machine."""
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidInput(f"the address {text!r} is not a URL; write https://host/path") from None
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("the address of a partner holds no user or password; give credentials beside it")
    is_plain = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    if not parts.hostname or not has_port or not (parts.scheme == "https" or is_plain):
        raise InvalidInput(f"the address {text!r} is not one of a service; write https://host/path")
    if parts.query or parts.fragment:
        raise InvalidInput(f"the address {text!r} has more than a path; write https://host/path")


def _check_terms(terms: PartnerTerms) -> None:
    if terms.name is not None and not (terms.name.strip() and len(terms.name) <= LONGEST_NAME):
        raise InvalidInput(f"a partner's name has 1 to {LONGEST_NAME} characters")
    if terms.base_url is not None:
        check_base_url(terms.base_url)
    credentials = terms.credentials
    if credentials is not None:
        texts = (credentials.client_id, credentials.client_secret)
        if not all(1 <= len(text) <= LONGEST_SECRET and text.isprintable() for text in texts):
            raise InvalidInput(f"client id and secret have 1 to {LONGEST_SECRET} characters, all of them printable")
        if ":" in credentials.client_id:
            raise InvalidInput("a client id with a colon cannot be sent by HTTP Basic (RFC 7617)")


def _check_items(facts: Facts, item_uids: Iterable[str]) -> None:
    wanted = pa.array(list(item_uids), pa.string())
    is_known = rows_of(wanted, facts.items["uid"]).is_valid().to_pylist()
    for uid, known in zip(wanted.to_pylist(), is_known, strict=True):
        if not known:
            raise InvalidInput(f"item {uid!r} is not recorded; import it first")


def _sealed(credentials: Credentials | None, uid: str, sealing: Sealing) -> str | None:
    return None if credentials is None else sealing.seal(credentials.client_secret, context=uid)


def _parts(text: str) -> tuple[str, str]:
    parsed = parse_key(text)
    if parsed is None:
        raise ValueError("a new access key cannot be read")
    return parsed


async def _record(
    partner: Partner, summary: str, principal: Principal, door: Door, exchange: Exchange, *, is_new: bool = False
) -> None:
    def propose(facts: Facts) -> Beside:
        _check_items(facts, partner.item_uids)
        return Beside((partner.to_record(is_new=is_new),))

    await record_beside(
        propose,
        summary=summary,
        principal=principal,
        door=door,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
    )
