"""Which stores the suite runs on, golden files, and how long Hypothesis searches.

``STORES`` names the stores, as ``embedded,neo4j``. A store that is named must answer: unreachable is a failure.
``STORES=auto`` (``make test`` without STORES) takes Neo4j only where one can be had and says aloud when it cannot;
without STORES the embedded store is taken alone.

A test that asks for ``open_store`` (or ``store_name``) runs once on every chosen store; below ``tests/contract`` it
runs on the reference implementation in memory too.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from graph_service.ports import Clock, GraphStore, SystemClock
from tests.support.memory_store import MemoryStore
from tests.support.neo4j_server import Neo4jServer, running_server, wipe
from tests.support.store_choice import StoreChoice, choose_stores

GOLDEN = Path(__file__).parent / "golden"
CONTRACT = Path(__file__).parent / "contract"
CHOICE = pytest.StashKey[StoreChoice]()
IS_ASKED = pytest.StashKey[bool]()

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, print_blob=True)
settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


class OpenStore(Protocol):
    """Opens the test's store. A second call opens the same home again, as another process or a restart would."""

    async def __call__(self, *, clock: Clock | None = None) -> GraphStore: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew; read the diff in review")


def pytest_configure(config: pytest.Config) -> None:
    try:
        config.stash[CHOICE] = choose_stores(os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_name" not in metafunc.fixturenames:
        return
    metafunc.config.stash[IS_ASKED] = True
    choice = metafunc.config.stash[CHOICE]
    names = [pytest.param(name, id=name) for name in choice.names]
    if CONTRACT in metafunc.definition.path.parents:
        names.insert(0, pytest.param("memory", id="memory"))
    if choice.skipped_neo4j:
        names.append(pytest.param("neo4j", id="neo4j", marks=pytest.mark.skip(reason=choice.skipped_neo4j)))
    metafunc.parametrize("store_name", names, scope="function")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.stash.get(IS_ASKED, False):
        return  # no test of this run wants a store of ours: there is nothing to say of stores
    choice = config.stash[CHOICE]
    terminalreporter.section("stores")
    terminalreporter.line(f"tested on: {', '.join(choice.names)}")
    if choice.skipped_neo4j:
        terminalreporter.line(f"NEO4J WAS NOT TESTED: {choice.skipped_neo4j}", yellow=True, bold=True)


@pytest.fixture(scope="session")
def neo4j_server(request: pytest.FixtureRequest) -> Iterator[Neo4jServer]:
    """A real Neo4j server, started once; its database is the test's to wipe. Skips where Neo4j was not chosen."""
    choice = request.config.stash[CHOICE]
    if "neo4j" not in choice.names:
        pytest.skip(choice.skipped_neo4j or "STORES does not name neo4j")
    with running_server() as server:
        yield server


@pytest.fixture
async def open_store(store_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """An empty store of the chosen kind, opened by calling; closed after the test."""
    opened: list[GraphStore] = []
    open_home = _home(store_name, request, tmp_path)

    async def open_again(*, clock: Clock | None = None) -> GraphStore:
        opened.append(await open_home(clock=clock))
        return opened[-1]

    yield open_again
    for store in opened:
        await store.close()


def _home(store_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """What opens the one home of this test, again and again. Stores are imported where they are chosen."""
    if store_name == "memory":
        homes: list[MemoryStore] = []

        async def open_memory(*, clock: Clock | None = None) -> GraphStore:
            if not homes:
                homes.append(MemoryStore(clock=clock))
            # A shallow copy shares what is recorded but is closed on its own, as a second process would be.
            return copy(homes[0])

        return open_memory
    if store_name == "embedded":
        from graph_service.store.embedded import EmbeddedStore

        async def open_embedded(*, clock: Clock | None = None) -> GraphStore:
            return await EmbeddedStore.open(tmp_path / "graph.db", clock=clock or SystemClock())

        return open_embedded

    from graph_service.store.neo4j import Neo4jStore

    server: Neo4jServer = request.getfixturevalue("neo4j_server")
    wipe(server)

    async def open_neo4j(*, clock: Clock | None = None) -> GraphStore:
        return await Neo4jStore.open(
            uri=server.uri,
            user=server.user,
            password=server.password,
            database=server.database,
            clock=clock or SystemClock(),
        )

    return open_neo4j


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)``: the text equals ``tests/golden/<name>``; ``--rewrite-golden`` writes it anew."""
    is_rewriting = request.config.getoption("--rewrite-golden")

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if is_rewriting:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else None
        assert expected == text, f"{path} differs; when the change is wanted, run again with --rewrite-golden"

    return check
