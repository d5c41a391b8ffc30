"""Whole services as their operators run them: a process of ``serve`` over https, a store of its own, the commands."""

import io
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from graph_service.bootstrap import Services, open_services
from graph_service.cli.application import main
from graph_service.settings import Settings
from tests.support.served import Served, clean_environment, serving

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 60


class Authority:
    """A certificate authority of the test's own; ``file``: its certificate, PEM."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
        self.file = folder / "authority.pem"
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(True, 0), critical=True)
        self._write(self.file, made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256()))

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate of 127.0.0.1 and its key, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        chain, secret = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        made = self._builder(subject, key).add_extension(names, critical=False)
        self._write(chain, made.sign(self._key, hashes.SHA256()))
        form, locked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
        return chain, secret

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now, own = datetime.now(UTC), self._key.public_key()
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        known_by = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(known_by, critical=False)
        return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)

    def _write(self, file: Path, certificate: x509.Certificate) -> None:
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


class CommandFailed(AssertionError):
    """A command whose exit status was not 0: service, words, status, output, errors."""


class House:
    """One service: ``start`` and ``kill`` its process, run commands on its store, call it over https."""

    def __init__(self, name: str, folder: Path, authority: Authority) -> None:
        folder.mkdir()
        self.name, self.folder = name, folder
        self.secret_key = f"the secret key of {name}, " + os.urandom(16).hex()
        self.secrets = [self.secret_key]
        self.store = f"sqlite://{folder}/graph.db"
        self._certificate = authority.issue(name)
        self._authority = authority
        self._settings = {
            "GRAPH_SERVICE_SECRET_KEY": self.secret_key,
            "GRAPH_SERVICE_PARTNER_CA": str(authority.file),
            "GRAPH_SERVICE_PARTNER_ALLOW_PRIVATE": "127.0.0.0/8,::1",
        }
        self._environment = clean_environment(**self._settings)
        self._running = ExitStack()
        self._starts = 0
        self.served: Served | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """The process serves, on the port it had before."""
        self._starts += 1
        chain, key = self._certificate
        words = ("serve", "--port", str(self.port), "--tls-cert", str(chain), "--tls-key", str(key))
        self.served = self._running.enter_context(
            serving(
                [sys.executable, "-m", "graph_service", "--store", self.store, *words],
                cwd=ROOT,
                environment=self._environment,
                log=self.folder / f"log-{self._starts}",
                timeout_s=READY_TIMEOUT_S,
            )
        )
        self.port = urlsplit(self.served.url).port or 0
        assert self.served.url == self.url

    def kill(self) -> None:
        """SIGKILL: nothing is ended, nothing is said."""
        self._running.close()
        self.served = None

    def command(self, *words: object, stdin: str = "") -> str:
        """What a command prints, run in this process as its own would be; fails unless it exits with 0."""
        with (
            _environment(self._environment),
            redirect_stdout(io.StringIO()) as out,
            redirect_stderr(io.StringIO()) as err,
        ):
            before, sys.stdin = sys.stdin, io.StringIO(stdin)
            try:
                main(["--store", self.store, *(str(word) for word in words)])
            except SystemExit as exited:
                if exited.code != 0:
                    raise CommandFailed(self.name, words, exited.code, out.getvalue(), err.getvalue()) from None
            finally:
                sys.stdin = before
        return out.getvalue().strip()

    def fails(self, *words: object) -> str:
        """What a command says that does not exit with 0."""
        try:
            self.command(*words)
        except CommandFailed as failed:
            return str(failed.args[-1]).strip()
        raise AssertionError("it was done", words)

    def listed(self, *words: object) -> list[dict[str, Any]]:
        """The rows that a command prints as JSON."""
        (rows,) = json.loads(self.command(*words, "--format", "json")).values()
        assert isinstance(rows, list)
        return rows

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """The services on its store, beside the running process, as a command has them."""
        with _environment(self._environment):
            settings = Settings(store=self.store)
        async with open_services(settings) as services:
            yield services

    @contextmanager
    def http(self, **headers: str) -> Iterator[httpx.Client]:
        """A client of the service that trusts the test's authority."""
        trusting = ssl.create_default_context(cafile=str(self._authority.file))
        with httpx.Client(base_url=self.url, verify=trusting, timeout=30, headers=headers) as client:
            yield client

    def lines(self) -> list[dict[str, Any]]:
        """What its processes logged, oldest first; a line that a kill cut off is left out."""
        found = []
        for text in self.said().splitlines():
            try:
                found.append(json.loads(text))
            except json.JSONDecodeError:
                assert not text.startswith("Traceback"), text
        return found

    def check_log_holds_no_secret(self) -> None:
        """Neither what the test knows of them, nor a token, nor a header that holds one."""
        said = self.said()
        assert '"message": "serving"' in said
        for hidden in (*self.secrets, *(secret.removeprefix("gs_").split("_")[-1] for secret in self.secrets)):
            assert hidden not in said
        for sign in ("eyJ", "Bearer ", "Basic ", "gs_"):  # eyJ: how a JWT begins
            assert sign not in said

    def said(self) -> str:
        """All that its processes wrote to standard error."""
        logs = [self.folder / f"log-{number}" / "stderr" for number in range(1, self._starts + 1)]
        return "".join(log.read_text(encoding="utf-8") for log in logs)


@contextmanager
def _environment(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
