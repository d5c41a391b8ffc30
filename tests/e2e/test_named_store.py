"""A store that is named must answer: the suite fails when Neo4j is named and absent, and never skips it."""

import subprocess
import sys
from pathlib import Path

from tests.support.served import clean_environment

ROOT = Path(__file__).parents[2]


def run_contract(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/contract", "-k", "neo4j", "-x", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_suite_fails_when_neo4j_is_named_and_absent() -> None:
    done = run_contract(STORES="neo4j", GRAPH_SERVICE_TEST_NEO4J_URI="bolt://neo4j:none@127.0.0.1:9/neo4j")
    assert done.returncode == 1, done.stdout[-3000:]
    assert "Neo4j was asked for" in done.stdout
    assert "1 error" in done.stdout or "1 failed" in done.stdout


def test_the_suite_fails_when_neo4j_is_named_and_no_engine_answers() -> None:
    done = run_contract(STORES="neo4j", DOCKER_HOST="tcp://127.0.0.1:9")
    assert done.returncode == 1, done.stdout[-3000:]
    assert "Neo4j was asked for" in done.stdout


def test_a_run_without_neo4j_says_so_aloud() -> None:
    done = run_contract(STORES="auto", DOCKER_HOST="tcp://127.0.0.1:9")
    assert "NEO4J WAS NOT TESTED" in done.stdout
    assert "no Docker engine answers" in done.stdout


def test_a_store_that_is_none_is_refused_by_name() -> None:
    done = run_contract(STORES="embedded,oracle")
    assert done.returncode == 4
    assert "'oracle' is no store" in done.stderr + done.stdout
