"""Which store a URL names, and what is never shown of it."""

from pathlib import Path

import pytest

from graph_service.bootstrap import open_store, sqlite_path
from graph_service.errors import InvalidInput
from graph_service.ports import SystemClock
from graph_service.settings import Settings, mask_password


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/data/graph.db", "/var/data/graph.db"),
        ("sqlite:////var/data/graph.db", "/var/data/graph.db"),
        ("sqlite:///graph.db", "graph.db"),
        ("sqlite:graph.db", "graph.db"),
        ("sqlite:data/graph.db", "data/graph.db"),
        ("sqlite:///a%20b/%E5%9B%BE.db", "/a b/图.db"),
    ],
)
def test_a_sqlite_url_names_a_file(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "sqlite:///", "sqlite:///data/", "sqlite://host/graph.db"])
def test_a_sqlite_url_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"sqlite:///path/file\.db"):
        sqlite_path(url)


@pytest.mark.parametrize("url", ["", "graph.db", "postgres://host/db", "neo4j://", "bolt://u:secret@host:99999/db"])
async def test_a_url_of_no_store_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await open_store(url, clock=SystemClock())
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("neo4j://neo4j:p@ss:word@host:7687/db", "neo4j://neo4j:***@host:7687/db"),
        ("neo4j://neo4j@host", "neo4j://neo4j@host"),
        ("sqlite:///graph.db", "sqlite:///graph.db"),
    ],
)
def test_a_password_is_masked(url: str, shown: str) -> None:
    assert mask_password(url) == shown
    assert Settings(store=url).store_shown == shown


def test_an_unknown_time_zone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        Settings(time_zone="Mars/Olympus")
