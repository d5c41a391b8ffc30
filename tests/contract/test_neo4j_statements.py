"""A real server understands every Cypher file, and finds what it looks for by an index."""

import re
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph_service.model.vocabulary import Kind
from graph_service.ports import SystemClock
from graph_service.store.neo4j import Neo4jStore
from tests.support.neo4j_server import Neo4jServer

FILES = sorted((Path(__file__).parents[2] / "cypher").glob("*/*.cypher"))
SCANS = ("AllNodesScan", "DirectedAllRelationshipsScan", "UndirectedAllRelationshipsScan")
LABEL_SCANS = ("NodeByLabelScan", "DirectedRelationshipTypeScan", "UndirectedRelationshipTypeScan")
FEW = {"list_access_keys", "list_migrations"}
"""Statements that want every node of a label."""


@pytest.fixture
async def server(neo4j_server: Neo4jServer) -> Neo4jServer:
    store = await Neo4jStore.open(
        uri=neo4j_server.uri,
        user=neo4j_server.user,
        password=neo4j_server.password,
        database=neo4j_server.database,
        clock=SystemClock(),
    )
    await store.close()
    return neo4j_server


def test_every_statement_passes_explain_and_scans_nothing(server: Neo4jServer) -> None:
    assert FILES
    with server.driver() as driver, driver.session(database=server.database) as session:
        for path in FILES:
            text = path.read_text(encoding="utf-8")
            plan = _explain(session, text)
            operators = set(_operators(plan))
            assert not operators & set(SCANS), (path.stem, operators)
            if path.stem not in FEW:
                assert not operators & set(LABEL_SCANS), (path.stem, operators)


def test_changes_are_sought_by_the_revisions_that_opened_and_closed_them(server: Neo4jServer) -> None:
    """A scan of an index would read all facts there are, as one that gave no range of revisions does."""
    listing = [path for path in FILES if re.fullmatch(r"list_\w+_changes", path.stem)]
    assert len(listing) == len(Kind)
    with server.driver() as driver, driver.session(database=server.database) as session:
        for path in listing:
            reads = [
                name for name in _operators(_explain(session, path.read_text(encoding="utf-8"))) if "Index" in name
            ]
            seeks = [name for name in reads if name.endswith(("Seek", "SeekByRange"))]
            assert reads == seeks, path.stem
            assert len(seeks) == 2, path.stem


def test_explain_refuses_what_is_no_cypher(server: Neo4jServer) -> None:
    with (
        server.driver() as driver,
        driver.session(database=server.database) as session,
        pytest.raises(neo4j.exceptions.CypherSyntaxError),
    ):
        _explain(session, "MATCH (item:Item RETURN item")


def _explain(session: neo4j.Session, text: str) -> Any:
    parameters = dict.fromkeys(re.findall(r"\$(\w+)", text))
    summary = session.run(f"EXPLAIN {text}", parameters).consume()
    return summary.plan


def _operators(plan: Any) -> list[str]:
    if plan is None:  # a schema step has none
        return []
    name = plan["operatorType"].split("@")[0]
    return [name] + [operator for child in plan.get("children", []) for operator in _operators(child)]
