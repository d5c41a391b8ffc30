"""Runs commands in this process, as ``main`` does, on a store of the test's own."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph_service.cli.application import main

SEEDS = Path(__file__).parents[3] / "seeds"


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """``command("rollup", "--data", path)``: one run of graph-service; nothing of the user's home is touched."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRAPH_SERVICE_STORE", raising=False)

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        status = exit_info.value.code
        assert isinstance(status, int)
        return Outcome(status, shown.out, shown.err)

    return call


@pytest.fixture
def store_url(store_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, on every store that was chosen."""
    if store_name == "embedded":
        return f"sqlite://{tmp_path / 'graph.db'}"
    from tests.support.neo4j_server import Neo4jServer, wipe

    server: Neo4jServer = request.getfixturevalue("neo4j_server")
    wipe(server)
    return server.url


@pytest.fixture
def chains(tmp_path: Path) -> Path:
    """A copy of the example chains, to be changed at will."""
    return Path(shutil.copytree(SEEDS, tmp_path / "chains"))


def replace_text(path: Path, old: str, new: str) -> None:
    """Change the one place in a file where ``old`` stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")
