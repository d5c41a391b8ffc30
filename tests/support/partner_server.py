"""A partner's service on 127.0.0.1: HTTPS with a certificate of its own, answers as the test says."""

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from graph_service.exchange.partner_client import CredentialSealing, HttpPartnerClient
from graph_service.exchange.partner_client.calls import Limits
from graph_service.model.partners import PactVersion, Partner
from graph_service.ports import Clock

HOST = "partner.example"
CLIENT_ID, CLIENT_SECRET = "our-client", "our-secret-there"
SEALING = CredentialSealing("a secret key of more than 32 characters")


@dataclass(frozen=True, slots=True)
class Called:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. ``endless``: the body goes on for ever, byte by byte after ``pause_s`` each."""

    status: int = 200
    value: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    endless: bytes = b""
    pause_s: float = 0.0

    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        return b"" if self.value is None else json.dumps(self.value).encode()


Answering = Callable[[Called], Reply]


class PartnerServer:
    """Answers each path as told; hands out tokens ``token-1``, ``token-2``, ... to our client."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.calls: list[Called] = []
        self.answers: dict[str, Answering] = {"/auth/token": self.give_token}
        self.tokens_given = 0
        self.token_life_s = 3600

    @property
    def base_url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def give_token(self, called: Called) -> Reply:
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        is_grant = called.body == b"grant_type=client_credentials"
        if called.method != "POST" or called.headers.get("Authorization") != expected or not is_grant:
            return Reply(400, {"error": "invalid_client", "error_description": called.headers.get("Authorization")})
        self.tokens_given += 1
        token = {"access_token": f"token-{self.tokens_given}", "token_type": "bearer", "expires_in": self.token_life_s}
        return Reply(200, token)

    def answer(self, called: Called) -> Reply:
        self.calls.append(called)
        answering = self.answers.get(called.path)
        return Reply(404, {"code": "NotFound", "message": "no such thing"}) if answering is None else answering(called)

    def paths(self) -> list[str]:
        return [called.path for called in self.calls]


@dataclass(frozen=True, slots=True)
class Certificate:
    chain: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """A self-signed certificate for the partner's host and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    made.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@contextmanager
def serving_partner(certificate: Certificate | None) -> Iterator[PartnerServer]:
    """A partner's service while the block runs; without a certificate it speaks plain http."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = partner.answer(Called(self.command, self.path, dict(self.headers.items()), body))
            content = reply.content()
            self.send_response(reply.status)
            for header, value in reply.headers.items():
                self.send_header(header, value)
            if not reply.endless:
                self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                self.wfile.write(content)
                while reply.endless and not stopping.is_set():
                    self.wfile.write(reply.endless)
                    time.sleep(reply.pause_s)
            except OSError:
                pass  # the client has had enough

        do_GET = do_POST = _serve  # noqa: N815 (the names that http.server calls)

        def log_message(self, *_: object) -> None:
            pass

    stopping = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    partner = PartnerServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()


async def resolve(host: str, port: int) -> Sequence[str]:
    """What DNS would say: every host is this machine."""
    return ["127.0.0.1"]


def make_client(
    ca_file: Path | None, *, clock: Clock, allow_private: str = "127.0.0.1", limits: Limits | None = None
) -> HttpPartnerClient:
    """A client that finds every host on this machine."""
    return HttpPartnerClient(
        sealing=SEALING, clock=clock, allow_private=allow_private, ca_file=ca_file, limits=limits, resolve=resolve
    )


def make_partner(base_url: str, *, version: PactVersion = PactVersion.V3) -> Partner:
    """The partner as registered, with our credentials there."""
    sealed = SEALING.seal(CLIENT_SECRET, context="partner-1")
    return Partner("partner-1", "Partner", base_url, version, "key-1", CLIENT_ID, sealed)
