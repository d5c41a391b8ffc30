"""``serve`` over real https: a certificate of our own making, its key, and what is refused of them."""

import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from graph_service.api.server import Certificate
from graph_service.errors import InvalidInput
from tests.support.served import Served, clean_environment, serving

ROOT = Path(__file__).parents[3]


def certificate(folder: Path, name: str, *, password: bytes | None = None) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    return chain, secret


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "graph_service", "--store", f"sqlite://{folder}/graph.db", *words]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    chain, key = certificate(tmp_path, "own")
    words = ("serve", "--port", "0", "--tls-cert", str(chain), "--tls-key", str(key))
    with serving(
        command(tmp_path, *words), cwd=ROOT, environment=clean_environment(), log=tmp_path / "log", timeout_s=60
    ) as running:
        yield running


def test_a_partner_gets_a_token_and_its_list_over_https(served: Served, tmp_path: Path) -> None:
    made = subprocess.run(
        command(tmp_path, "keys", "create", "--role", "AUDITOR"),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    _, key_id, secret = made.stdout.strip().split("_")
    assert served.url.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "own.pem"))
    with httpx.Client(base_url=served.url, verify=trusting, timeout=30) as http:
        found = http.get("/.well-known/openid-configuration").json()
        assert found["token_endpoint"] == f"{served.url}/auth/token"
        granted = http.post(
            found["token_endpoint"], data={"grant_type": "client_credentials"}, auth=(key_id, secret)
        ).json()
        answer = http.get("/3/footprints", headers={"authorization": f"Bearer {granted['access_token']}"})
    assert (answer.status_code, answer.json()) == (200, {"data": []})
    for hidden in (secret, granted["access_token"]):
        assert hidden not in served.said.read_text()


def test_whoever_does_not_know_the_certificate_does_not_talk_to_it(served: Served) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{served.url}/health/live", timeout=30)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{served.url.replace('https', 'http')}/health/live", timeout=30)


def test_a_pair_that_cannot_serve_is_refused_by_name(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path, "own")
    other_chain, locked = certificate(tmp_path, "other", password=b"hush")
    assert Certificate.of(None, None) is None
    assert Certificate.of(chain, key) == Certificate(chain, key)
    for one, two in ((chain, None), (None, key), (chain, locked), (other_chain, key), (chain, tmp_path / "no.key")):
        with pytest.raises(InvalidInput, match="https"):
            Certificate.of(one, two)


def test_serve_with_half_a_pair_ends_at_once_and_says_why(tmp_path: Path) -> None:
    chain, _ = certificate(tmp_path, "own")
    done = subprocess.run(
        command(tmp_path, "serve", "--port", "0", "--tls-cert", str(chain)),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "--tls-key" in done.stderr
    assert "Traceback" not in done.stderr
