"""Partners are registered by the leader, come in with a key of their own, and go out with it."""

from dataclasses import replace

import pytest

from graph_service.errors import InvalidInput, NotAllowed, NotFound
from graph_service.exchange.partner_client import CredentialSealing
from graph_service.model.batch import Principal
from graph_service.model.partners import PactVersion
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Door, Role
from graph_service.service.access import OPERATOR, authenticate
from graph_service.service.partners.register import (
    Credentials,
    PartnerTerms,
    Registered,
    add_partner,
    change_partner,
    list_partners,
    partner_of_key,
    partner_of_supplier,
    readers_of,
    revoke_partner,
)
from tests.support.change_batches import item
from tests.unit.service.partners.conftest import SEALING, House, make_house

TERMS = PartnerTerms("Maker", "https://maker.example/pact/", PactVersion.V3, (), Credentials("us", "their secret"))


@pytest.fixture
async def house() -> House:
    made = make_house("leader")
    await made.apply(suppliers=[{"uid": "s", "name": "S"}], items=[item("a", supplier_uid="s"), item("b")])
    return made


async def add(house: House, terms: PartnerTerms = TERMS, *, supplier_uid: str | None = "s") -> Registered:
    return await add_partner(
        terms, supplier_uid=supplier_uid, sealing=SEALING, principal=OPERATOR, door=Door.CLI, exchange=house.exchange
    )


async def test_a_suppliers_partner_comes_in_as_that_supplier(house: House) -> None:
    added = await add(house)
    principal = await authenticate(house.store, f"gs_{added.client_id}_{added.client_secret}")
    assert principal is not None
    assert (principal.role, principal.supplier_uid) == (Role.SUPPLIER, "s")
    assert await partner_of_key(house.store, added.client_id) == added.partner
    assert await partner_of_supplier(house.store, "s") == added.partner
    assert added.partner.base_url == "https://maker.example/pact"


async def test_another_partner_reads_what_it_was_granted(house: House) -> None:
    added = await add(house, replace(TERMS, item_uids=("b",)), supplier_uid=None)
    principal = await authenticate(house.store, f"gs_{added.client_id}_{added.client_secret}")
    assert principal is not None
    assert principal.role is Role.PUBLIC
    assert list(await readers_of(house.store, "b")) == [added.partner]
    assert list(await readers_of(house.store, "a")) == []


async def test_secrets_lie_in_the_store_sealed_for_that_partner_only(house: House) -> None:
    added = await add(house)
    records = await house.store.list_side_records(Collection.PARTNER, first=10)
    kept = "".join(record.body for record in records) + "".join(
        revision.summary for revision in await house.store.revisions(first=10)
    )
    assert "their secret" not in kept
    assert added.client_secret not in kept
    sealed = added.partner.sealed_secret or ""
    assert SEALING.open(sealed, context=added.partner.uid) == "their secret"
    with pytest.raises(InvalidInput):
        SEALING.open(sealed, context="another partner")


async def test_a_partner_is_changed_and_the_change_is_logged(house: House) -> None:
    added = await add(house)
    changed = await change_partner(
        added.partner.uid,
        PartnerTerms(item_uids=("a",), credentials=Credentials("us2", "new")),
        sealing=SEALING,
        principal=OPERATOR,
        door=Door.CLI,
        exchange=house.exchange,
    )
    assert (changed.item_uids, changed.client_id, changed.name) == (("a",), "us2", "Maker")
    assert await list_partners(house.store) == [changed]
    newest = await house.store.revision()
    assert (newest.by, newest.door, newest.summary) == ("command line", "cli", "partner Maker changed")


async def test_a_revoked_partner_comes_in_no_more(house: House) -> None:
    added = await add(house)
    for _ in range(2):
        revoked = await revoke_partner(added.partner.uid, principal=OPERATOR, door=Door.CLI, exchange=house.exchange)
        assert revoked.revoked_at == "2026-03-01T12:00:00Z"
    assert await authenticate(house.store, f"gs_{added.client_id}_{added.client_secret}") is None
    assert await partner_of_key(house.store, added.client_id) is None
    assert await partner_of_supplier(house.store, "s") is None
    with pytest.raises(NotFound):
        await revoke_partner("none", principal=OPERATOR, door=Door.CLI, exchange=house.exchange)


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, name=" "),
        replace(TERMS, name="x" * 201),
        replace(TERMS, base_url="http://maker.example"),
        replace(TERMS, base_url="https://user:pw@maker.example"),
        replace(TERMS, base_url="https://maker.example/?a=1"),
        replace(TERMS, base_url="https://maker.example:99999"),
        replace(TERMS, base_url="maker.example"),
        replace(TERMS, item_uids=("none",)),
        replace(TERMS, credentials=Credentials("with:colon", "s")),
        replace(TERMS, credentials=Credentials("us", "line\nbreak")),
        replace(TERMS, credentials=Credentials("us", "")),
        PartnerTerms("Maker"),
    ],
)
async def test_wrong_terms_are_refused_and_leave_nothing(house: House, terms: PartnerTerms) -> None:
    before = await house.store.revision()
    with pytest.raises(InvalidInput):
        await add(house, terms)
    assert await house.store.revision() == before
    assert await house.store.keys() == []


async def test_an_unknown_supplier_or_a_missing_secret_key_leaves_nothing(house: House) -> None:
    with pytest.raises(InvalidInput, match="supplier"):
        await add(house, supplier_uid="none")
    with pytest.raises(InvalidInput, match="SECRET_KEY"):
        await add_partner(
            TERMS,
            supplier_uid="s",
            sealing=CredentialSealing(""),
            principal=OPERATOR,
            door=Door.CLI,
            exchange=house.exchange,
        )
    assert await house.store.keys() == []
    assert await list_partners(house.store) == []


async def test_only_the_leader_registers_partners(house: House) -> None:
    for role in set(Role) - {Role.CHAIN_LEADER}:
        principal = Principal(OPERATOR.client, "somebody", role, "s" if role is Role.SUPPLIER else None)
        with pytest.raises(NotAllowed):
            await add_partner(
                TERMS,
                supplier_uid=None,
                sealing=SEALING,
                principal=principal,
                door=Door.GRAPHQL,
                exchange=house.exchange,
            )
    assert await house.store.keys() == []
