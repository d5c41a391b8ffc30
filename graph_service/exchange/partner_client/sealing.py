"""Secrets of ours at partners' services, encrypted while they lie in the store."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from graph_service.errors import InvalidInput

LABEL = b"partner-credentials"
SHORTEST_KEY = 32
_PREFIX = "v1."
_NONCE_BYTES = 12


class CredentialSealing:
    """AES-256-GCM under a key derived from the setting SECRET_KEY (HKDF, RFC 5869); says nothing of it anywhere.

    ``context`` is authenticated with the text: what was sealed for one partner does not open for another.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def seal(self, text: str, *, context: str) -> str:
        """``text`` encrypted. Raises ``InvalidInput`` where SECRET_KEY is missing or too short."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), context.encode())
        return _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, context: str) -> str:
        """The inverse of ``seal``. Raises ``InvalidInput`` also where another key or context sealed it."""
        cipher = self._cipher()
        try:
            if not sealed.startswith(_PREFIX):
                raise ValueError("another form")
            content = base64.b64decode(sealed.removeprefix(_PREFIX), altchars=b"-_", validate=True)
            return cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise InvalidInput(
                "our secret at this partner does not open with the setting SECRET_KEY: it was sealed with another one; "
                "set that one again, or give the secret anew"
            ) from None

    def _cipher(self) -> AESGCM:
        if len(self._secret_key) < SHORTEST_KEY:
            raise InvalidInput(
                f"partners' credentials are kept encrypted, and the setting SECRET_KEY has {len(self._secret_key)} "
                f"characters; it needs {SHORTEST_KEY} or more: set GRAPH_SERVICE_SECRET_KEY to what "
                "`openssl rand -base64 48` prints, the same at every start"
            )
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(self._secret_key.encode())
        return AESGCM(derived)
