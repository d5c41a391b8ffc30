"""``serve`` over real https: a certificate of our own making, its key, and what is refused of them."""

import base64
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

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
    _, key_id, secret = new_key(tmp_path, "--role", "AUDITOR").split("_")
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


class PlainClient:
    """A client of the standard library alone: discovery, client credentials, bearer token, links."""

    def __init__(self, base: str, trusting: ssl.SSLContext, key: str) -> None:
        self._base, self._trusting = base, trusting
        _, self._id, self._secret = key.split("_")
        found = self._call(f"{base}/.well-known/openid-configuration")[0]
        assert found["issuer"] == base
        assert "client_secret_basic" in found["token_endpoint_auth_methods_supported"]
        assert "client_credentials" in found["grant_types_supported"]
        self._token_url = found["token_endpoint"]
        self._token = self._fetch_token()

    def _fetch_token(self) -> str:
        basic = base64.b64encode(f"{quote(self._id)}:{quote(self._secret)}".encode()).decode()
        form = urlencode({"grant_type": "client_credentials"}).encode()
        granted, _ = self._call(self._token_url, form, "application/x-www-form-urlencoded", f"Basic {basic}")
        assert granted["token_type"].lower() == "bearer"
        assert granted["expires_in"] > 0
        return str(granted["access_token"])

    def get(self, url: str) -> tuple[Any, str | None]:
        """The body, and the address of the next page."""
        body, link = self._call(url, authorization=f"Bearer {self._token}")
        found = re.fullmatch(r'<([^<>]+)>; rel="next"', link)
        return body, found[1] if found else None

    def send(self, event: Mapping[str, object]) -> None:
        """Sends an event, which must be taken."""
        sent = json.dumps(event).encode()
        body, _ = self._call(
            f"{self._base}/3/events", sent, "application/cloudevents+json; charset=UTF-8", f"Bearer {self._token}"
        )
        assert body is None

    def _call(
        self, url: str, body: bytes | None = None, content_type: str | None = None, authorization: str | None = None
    ) -> tuple[Any, str]:
        given = {"Content-Type": content_type, "Authorization": authorization}
        headers = {name: value for name, value in given.items() if value}
        with urlopen(Request(url, body, headers), timeout=30, context=self._trusting) as answer:  # noqa: S310 (https)
            text = answer.read()
            return (json.loads(text) if text else None), answer.headers.get("link", "")


def new_key(folder: Path, *words: str) -> str:
    """The text of a new access key, made beside the running service."""
    made = subprocess.run(
        command(folder, "keys", "create", *words),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return made.stdout.strip()


def pushed(number: int) -> dict[str, object]:
    """A RequestFulfilled that nobody asked for, with one footprint."""
    document = {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "specVersion": "3.0.0",
        "created": "2026-01-02T00:00:00Z",
        "status": "Active",
        "companyName": "Cell Works",
        "companyIds": ["urn:example:company:cells"],
        "productDescription": "a cell",
        "productIds": ["urn:example:product:cell"],
        "productNameCompany": "Cell",
        "pcf": {
            "declaredUnitOfMeasurement": "kilogram",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": "1",
            "referencePeriodStart": "2025-01-01T00:00:00Z",
            "referencePeriodEnd": "2026-01-01T00:00:00Z",
            "geographyCountry": "CN",
            "pcfExcludingBiogenicUptake": "5",
            "pcfIncludingBiogenicUptake": "5",
            "fossilGhgEmissions": "5",
            "fossilCarbonContent": "0",
            "packagingEmissionsIncluded": False,
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["ISO14067"],
            "boundaryProcessesDescription": "cradle to gate",
            "exemptedEmissionsPercent": "0",
            "exemptedEmissionsDescription": "",
            "primaryDataShare": "50",
            "dqi": {"technologicalDQR": "2", "temporalDQR": "2", "geographicalDQR": "2"},
        },
    }
    return {
        "type": "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3",
        "specversion": "1.0",
        "id": f"push-{number}",
        "source": "//cells.example/3/events",
        "time": "2026-03-01T11:00:00Z",
        "data": {"requestEventId": f"nobody-asked-{number}", "pfs": [document]},
    }


def test_another_client_finds_the_door_pushes_and_pages_to_the_end_while_more_is_pushed(
    served: Served, tmp_path: Path
) -> None:
    leader = new_key(tmp_path, "--role", "CHAIN_LEADER")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "own.pem"))
    batch = {
        "idempotencyKey": "chain",
        "suppliers": [{"uid": "cells", "name": "Cell Works", "identifiers": ["urn:example:company:cells"]}],
        "items": [
            {
                "uid": "cell",
                "name": "Cell",
                "supplier": "cells",
                "declaredUnit": "kg",
                "identifiers": ["urn:example:product:cell"],
            }
        ],
    }
    apply = "mutation ($input: ChangeBatchInput!) { applyChanges(input: $input) { __typename } }"
    with httpx.Client(base_url=served.url, verify=trusting, timeout=30) as http:
        recorded = http.post(
            "/graphql",
            json={"query": apply, "variables": {"input": batch}},
            headers={"authorization": f"Bearer {leader}"},
        ).json()
    assert recorded == {"data": {"applyChanges": {"__typename": "ChangesApplied"}}}
    client = PlainClient(served.url, trusting, new_key(tmp_path, "--role", "SUPPLIER", "--supplier", "cells"))
    before, meanwhile = range(1, 13), range(101, 113)
    for number in before:
        client.send(pushed(number))

    with ThreadPoolExecutor(1) as pool:
        writing = [pool.submit(client.send, pushed(number)) for number in meanwhile]
        seen: list[int] = []
        url: str | None = f"{served.url}/3/footprints?limit=2&productId=urn:example:product:cell"
        while url is not None:
            page, url = client.get(url)
            assert len(page["data"]) <= 2
            seen += [int(footprint["id"][-12:]) for footprint in page["data"]]
        for sent in writing:
            sent.result(timeout=60)

    assert len(set(seen)) == len(seen)
    assert [number for number in seen if number < 100] == list(before)
    assert set(seen) <= {*before, *meanwhile}
    whole, _ = client.get(f"{served.url}/3/footprints")
    assert [int(footprint["id"][-12:]) for footprint in whole["data"]] == [*before, *meanwhile]


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
