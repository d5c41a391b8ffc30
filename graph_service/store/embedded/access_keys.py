"""Access keys as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from graph_service.errors import Conflict
from graph_service.model.access import AccessKey
from graph_service.model.vocabulary import Role
from graph_service.store.embedded.connection import Connection
from graph_service.store.embedded.statements import statement
from graph_service.store.moments import from_us, to_us


def add(connection: Connection, key: AccessKey) -> None:
    """Raises ``Conflict`` where the id is taken."""
    if by_id(connection, key.key_id) is not None:
        raise Conflict(f"the key {key.key_id!r} exists already")
    row = {
        "key_id": key.key_id,
        "secret_hash": key.secret_hash,
        "role": key.role.value,
        "supplier_uid": key.supplier_uid,
        "created_at_us": to_us(key.created_at),
        "revoked_at_us": None if key.revoked_at is None else to_us(key.revoked_at),
    }
    connection.execute(statement("add_access_key"), row)


def by_id(connection: Connection, key_id: str) -> AccessKey | None:
    rows = connection.execute(statement("get_access_key"), {"key_id": key_id}).fetchall()
    return _to_key(rows[0]) if rows else None


def listed(connection: Connection) -> list[AccessKey]:
    """All keys by creation, id."""
    return [_to_key(row) for row in connection.execute(statement("list_access_keys")).fetchall()]


def revoke(connection: Connection, key_id: str, revoked_at: datetime) -> bool:
    """Whether the key is known; one that has ended stays as it is."""
    connection.execute(statement("revoke_access_key"), {"key_id": key_id, "revoked_at_us": to_us(revoked_at)})
    return by_id(connection, key_id) is not None


def _to_key(row: Sequence[Any]) -> AccessKey:
    key_id, secret_hash, role, supplier_uid, created_at_us, revoked_at_us = row
    revoked_at = None if revoked_at_us is None else from_us(revoked_at_us)
    return AccessKey(key_id, secret_hash, Role(role), supplier_uid, from_us(created_at_us), revoked_at)
