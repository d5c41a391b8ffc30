"""Access keys: ``gs_<id>_<secret>``. Only the SHA-256 of a secret is kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from graph_service.model.vocabulary import Role


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as the store keeps it. ``secret_hash``: SHA-256 of the secret part, hexadecimal."""

    key_id: str
    secret_hash: str
    role: Role
    supplier_uid: str | None
    created_at: datetime
    revoked_at: datetime | None = None

    def opens_with(self, secret: str) -> bool:
        """Whether ``secret`` is this key's and the key is not revoked; takes the same time either way."""
        matches = hmac.compare_digest(hash_secret(secret), self.secret_hash)
        return matches and self.revoked_at is None


def hash_secret(secret: str) -> str:
    """SHA-256 of a key's secret part, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def generate_key(*, role: Role, supplier_uid: str | None, created_at: datetime) -> tuple[AccessKey, str]:
    """A new key and the text that opens with it, shown once: 64 bits of id, 256 bits of secret."""
    key_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    key = AccessKey(key_id, hash_secret(secret), role, supplier_uid, created_at)
    return key, f"gs_{key_id}_{secret}"


def parse_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text, or None where it is not one."""
    parts = text.split("_")
    if len(parts) != 3 or parts[0] != "gs" or not parts[1] or not parts[2]:
        return None
    return parts[1], parts[2]
