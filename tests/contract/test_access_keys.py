"""Access keys live outside revisions."""

from dataclasses import replace
from datetime import timedelta

from graph_service.model.access import AccessKey, generate_key
from graph_service.model.vocabulary import Role
from tests.conftest import OpenStore
from tests.support.clock import NOON


def _key(key_id: str, *, role: Role = Role.AUDITOR, hours: int = 0, supplier_uid: str | None = None) -> AccessKey:
    return AccessKey(key_id, "ab" * 32, role, supplier_uid, NOON + timedelta(hours=hours, microseconds=7))


async def test_a_key_comes_back_as_given_for_every_role(open_store: OpenStore) -> None:
    store = await open_store()
    keys = [_key(role.value, role=role, supplier_uid="宝鸡" if role is Role.SUPPLIER else None) for role in Role]
    for key in keys:
        await store.add_key(key)
    assert [await store.key_by_id(key.key_id) for key in keys] == keys
    assert (await store.revision()).number == 0


async def test_a_generated_key_opens_with_its_text_after_reopening(open_store: OpenStore) -> None:
    key, text = generate_key(role=Role.CHAIN_LEADER, supplier_uid=None, created_at=NOON)
    await (await open_store()).add_key(key)
    kept = await (await open_store()).key_by_id(key.key_id)
    assert kept == key
    assert kept is not None
    assert kept.opens_with(text.split("_")[2])


async def test_keys_are_listed_by_creation_and_id_revoked_ones_too(open_store: OpenStore) -> None:
    store = await open_store()
    for key in (_key("c", hours=2), _key("b", hours=1), _key("z"), _key("a", hours=1)):
        await store.add_key(key)
    await store.revoke_key("b", NOON)
    assert [key.key_id for key in await store.keys()] == ["z", "a", "b", "c"]


async def test_revoking_twice_keeps_the_first_moment(open_store: OpenStore) -> None:
    store = await open_store()
    key = _key("k")
    await store.add_key(key)
    assert await store.revoke_key("k", NOON + timedelta(days=1))
    assert await store.revoke_key("k", NOON + timedelta(days=2))
    assert await store.key_by_id("k") == replace(key, revoked_at=NOON + timedelta(days=1))


async def test_an_unknown_key_is_none_and_cannot_be_revoked(open_store: OpenStore) -> None:
    store = await open_store()
    assert await store.key_by_id("unknown") is None
    assert not await store.revoke_key("unknown", NOON)
    assert await store.keys() == []
