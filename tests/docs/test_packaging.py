"""Locks, container files and the Makefile keep what they promise; none of them is run here."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[str]]:
    """Versions that a lock allows, by package: several where they depend on the Python."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", text_of(name), flags=re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


def required(group: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in group)
    return {match.group().lower().replace("_", "-") for match in names if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_place_of_a_machine(lock: str) -> None:
    assert not re.search(r"://|--index|--find-links|file:|/(tmp|work|home|root|opt)/", text_of(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_hashes(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", text_of(lock), flags=re.MULTILINE)[1:]
    assert len(blocks) > 20
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_carries_every_dependency_and_what_builds_the_project(lock: str) -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    wanted = required(project["project"]["dependencies"]) | required(project["build-system"]["requires"])
    if lock == "requirements-dev.lock":
        wanted |= required([entry for entry in project["dependency-groups"]["dev"] if isinstance(entry, str)])
    assert wanted - set(pins(lock)) == set()


def test_the_service_is_tested_with_the_versions_that_it_runs_with() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: versions for name, versions in run.items() if dev.get(name) != versions} == {}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document = yaml.safe_load(text_of("compose.yaml"))
    assert isinstance(document, dict)
    return document


def test_the_containers_are_the_service_neo4j_and_a_proxy_that_alone_is_reachable(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"neo4j", "service", "proxy"}
    assert services["neo4j"]["image"] == "neo4j:5.26-community"
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True


def test_each_container_waits_until_the_one_behind_it_is_healthy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["service"]["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert services["proxy"]["depends_on"]["service"]["condition"] == "service_healthy"
    assert "healthcheck" in services["neo4j"]
    assert "HEALTHCHECK" in text_of("Dockerfile")
    assert "/health/ready" in text_of("Dockerfile")


def test_no_password_is_written_down_and_none_is_assumed(compose: dict[str, Any]) -> None:
    assert "${NEO4J_PASSWORD:?" in compose["services"]["neo4j"]["environment"]["NEO4J_AUTH"]
    assert "${NEO4J_PASSWORD:?" in compose["services"]["service"]["environment"]["GRAPH_SERVICE_STORE"]


def test_the_proxy_closes_slow_clients_and_believes_no_forwarded_address() -> None:
    proxy = text_of("deploy/nginx.conf")
    for directive in ("client_header_timeout", "client_body_timeout", "send_timeout", "proxy_connect_timeout"):
        assert re.search(rf"^\s*{directive} \d+s;", proxy, flags=re.MULTILINE), directive
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy


def test_the_image_runs_as_no_root_and_installs_from_the_lock() -> None:
    dockerfile = text_of("Dockerfile")
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.search(r"^USER graph-service$", last_stage, flags=re.MULTILINE)
    assert "--require-hashes --only-binary :all: -r requirements.lock" in dockerfile
    assert "--no-deps --no-build-isolation" in dockerfile


def test_all_that_the_image_copies_is_let_through_by_dockerignore() -> None:
    let_through = {line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text_of("Dockerfile"), flags=re.MULTILINE)
    assert {name for line in copied for name in line.split()} == let_through


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "e2e", "bench", "soak", "docs"])
def test_the_makefile_has_every_promised_target(target: str) -> None:
    assert re.search(rf"^{target}:", text_of("Makefile"), flags=re.MULTILINE)


def test_make_check_runs_every_check() -> None:
    makefile = text_of("Makefile")
    recipe = makefile[makefile.index("\ncheck:") : makefile.index("\nformat:")]
    for tool in ("ruff format --check", "ruff check", "mypy", "lint-imports", "codespell"):
        assert tool in recipe


def test_the_script_of_the_ci_names_both_stores() -> None:
    assert "make test STORES=embedded,neo4j" in text_of(".ci/run")
