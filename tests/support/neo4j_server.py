"""A real Neo4j for tests: the server named by GRAPH_SERVICE_TEST_NEO4J_URI, else a container of our own.

The named server is wiped between tests: give an empty one, as ``neo4j://user:password@host:7687/neo4j``.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import neo4j
import pytest

URI_VARIABLE = "GRAPH_SERVICE_TEST_NEO4J_URI"
IMAGE = os.environ.get("GRAPH_SERVICE_TEST_NEO4J_IMAGE", "neo4j:5.26-community")
START_TIMEOUT_S = 120.0
_USER, _PASSWORD = "neo4j", "graph-service-test"


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """Where a server listens. ``container_id`` is None for a server that we did not start."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"
    container_id: str | None = None

    @property
    def url(self) -> str:
        """As the setting STORE spells it."""
        scheme, address = self.uri.split("://", 1)
        return f"{scheme}://{self.user}:{self.password}@{address}/{self.database}"

    def driver(self) -> neo4j.Driver:
        """A plain driver, for what a test does behind the store's back."""
        return neo4j.GraphDatabase.driver(
            self.uri, auth=(self.user, self.password), connection_timeout=5.0, notifications_min_severity="OFF"
        )


def parse_server(url: str) -> Neo4jServer:
    """The server that a ``neo4j://user:password@host:port/database`` names."""
    parts = urlsplit(url)
    if not parts.scheme.startswith(("neo4j", "bolt")) or not parts.hostname:
        raise ValueError(f"{URI_VARIABLE} should read neo4j://user:password@host:7687/database")
    return Neo4jServer(
        uri=f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}",
        user=unquote(parts.username or "neo4j"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or "neo4j",
    )


@contextmanager
def running_server() -> Iterator[Neo4jServer]:
    """The named server, else a container that lives as long as the block. Fails where neither answers."""
    url = os.environ.get(URI_VARIABLE)
    if url:
        server = parse_server(url)
        _wait_until_ready(server, timeout_s=10.0)
        yield server
        return
    with own_server() as server:
        yield server


@contextmanager
def own_server() -> Iterator[Neo4jServer]:
    """A container of our own, for tests that kill it. Its port stays the same over restarts."""
    # The container is stopped below; the image of the helper that would do it cannot be pulled everywhere.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.community.neo4j import Neo4jContainer  # here: a named server needs no Docker

    port = _free_port()
    try:
        container = Neo4jContainer(IMAGE, password=_PASSWORD, username=_USER).with_bind_ports(7687, port)
        container.start()
    except Exception as error:
        raise RuntimeError(
            f"Neo4j was asked for, but no container of {IMAGE} came up ({type(error).__name__}: {error}). "
            f"Start Docker with that image, or name a server in {URI_VARIABLE}."
        ) from error
    try:
        uri = f"bolt://{container.get_container_host_ip()}:{port}"
        server = Neo4jServer(uri, _USER, _PASSWORD, container_id=container.get_wrapped_container().id)
        _wait_until_ready(server, timeout_s=START_TIMEOUT_S)
        yield server
    finally:
        container.stop()


def wipe(server: Neo4jServer) -> None:
    """Empty the database of all but the record of schema migrations."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        session.run(
            "MATCH (n) WHERE NOT n:Migration CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()


def wipe_schema(server: Neo4jServer) -> None:
    """Empty the database of everything: data, constraints, indexes, migrations."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        for name in [record["name"] for record in session.run("SHOW CONSTRAINTS YIELD name")]:
            session.run(f"DROP CONSTRAINT `{name}`").consume()
        for name in [record["name"] for record in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'")]:
            session.run(f"DROP INDEX `{name}`").consume()


def kill(server: Neo4jServer) -> None:
    """``kill -9`` the server."""
    _docker("kill", "--signal", "KILL", _container_of(server))


def restart(server: Neo4jServer) -> None:
    """Start a killed server again, on its old data and port, and wait until it answers."""
    start(server)
    _wait_until_ready(server, timeout_s=START_TIMEOUT_S)


def start(server: Neo4jServer) -> None:
    """Start a killed server again; returns before it answers."""
    _docker("start", _container_of(server))


def _container_of(server: Neo4jServer) -> str:
    if server.container_id is None:
        raise RuntimeError(f"the server of {URI_VARIABLE} is not ours to stop")
    return server.container_id


def _docker(*arguments: str) -> None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _wait_until_ready(server: Neo4jServer, *, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            with server.driver() as driver, driver.session(database=server.database) as session:
                session.run("RETURN 1").consume()
            return
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as error:
            if isinstance(error, neo4j.exceptions.AuthError) or time.monotonic() > end:
                raise RuntimeError(
                    f"Neo4j was asked for, but {server.uri} does not answer within {timeout_s:g} s: {error}"
                ) from error
        time.sleep(0.5)


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """One server for the whole run; unreachable is a failure, never a skip."""
    with running_server() as server:
        yield server
