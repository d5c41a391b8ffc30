"""Who may come in: access keys and the principals they open for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from graph_service.errors import InvalidInput
from graph_service.model.access import AccessKey, generate_key, hash_secret, parse_key
from graph_service.model.batch import ClientName, Principal
from graph_service.model.vocabulary import Kind, Role
from graph_service.ports import Clock, GraphStore
from graph_service.service.snapshots import Snapshots

OPERATOR = Principal(ClientName("cli"), "command line", Role.CHAIN_LEADER)
"""Whoever can run commands on the store's machine acts as the chain leader."""

_DECOY = AccessKey("", hash_secret(""), Role.PUBLIC, None, datetime.min.replace(tzinfo=UTC))


async def authenticate(store: GraphStore, text: str) -> Principal | None:
    """The principal that an access key's text opens for; None where it opens nothing.

    An unknown id and a wrong secret take the same look-up and the same comparison.
    """
    parsed = parse_key(text)
    if parsed is None:
        return None
    key_id, secret = parsed
    key = await store.key_by_id(key_id)
    if key is None:
        _DECOY.opens_with(secret)
        return None
    if not key.opens_with(secret):
        return None
    return principal_of(key)


def principal_of(key: AccessKey) -> Principal:
    """Who a key that is not revoked lets in."""
    name = f"{key.role.value.lower()} {key.key_id}"
    return Principal(ClientName(key.key_id), name, key.role, key.supplier_uid)


async def create_key(
    *, role: Role, supplier_uid: str | None, store: GraphStore, snapshots: Snapshots, clock: Clock
) -> str:
    """The text of a new access key, shown this once.

    Raises ``InvalidInput`` where the role SUPPLIER comes without a known supplier, or another role with one.
    """
    if (role is Role.SUPPLIER) != (supplier_uid is not None):
        raise InvalidInput("a key of role SUPPLIER names its supplier, and no other role does")
    if supplier_uid is not None:
        _, facts = await snapshots.newest()
        if supplier_uid not in facts.tables[Kind.SUPPLIER]["uid"].to_pylist():
            raise InvalidInput(f"supplier {supplier_uid!r} is not recorded; import it first")
    key, text = generate_key(role=role, supplier_uid=supplier_uid, created_at=clock.now())
    await store.add_key(key)
    return text


async def list_keys(store: GraphStore) -> Sequence[AccessKey]:
    """All access keys, oldest first, revoked ones too."""
    return await store.keys()


async def revoke_key(key_id: str, *, store: GraphStore, clock: Clock) -> bool:
    """End a key from now on; False where no key has that id."""
    return await store.revoke_key(key_id, clock.now())
