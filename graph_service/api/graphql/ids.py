"""Opaque ids of ``Node``: base64url of the type's name and the fact's uid."""

import base64
import binascii

from strawberry import ID

LONGEST = 2_000


def node_id(type_name: str, uid: str) -> ID:
    """The id under which ``node(id:)`` finds a fact again."""
    return ID(base64.urlsafe_b64encode(f"{type_name}:{uid}".encode()).decode().rstrip("="))


def parse_node_id(text: str) -> tuple[str, str] | None:
    """Type name and uid of an id, or None where it is not one of ours."""
    if len(text) > LONGEST:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    type_name, colon, uid = decoded.partition(":")
    return (type_name, uid) if colon and node_id(type_name, uid) == text else None
