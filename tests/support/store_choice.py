"""Which stores a test run takes, from the environment: see ``tests/conftest.py``."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.neo4j_server import IMAGE, URI_VARIABLE

PULL_TIMEOUT_S = 120
KNOWN = ("embedded", "neo4j")


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """Stores that must answer, and why Neo4j is not among them, if it is not."""

    names: tuple[str, ...]
    skipped_neo4j: str | None


def choose_stores(environment: Mapping[str, str]) -> StoreChoice:
    """The stores that ``STORES`` names; raises ``ValueError`` for a name that is none.

    With ``auto`` Neo4j is taken where ``GRAPH_SERVICE_TEST_NEO4J_URI`` names one, or a Docker engine answers and
    has or gets the image.
    """
    text = environment.get("STORES", "").strip()
    if text == "auto":
        reason = None if environment.get(URI_VARIABLE) else missing_engine()
        return StoreChoice(("embedded",) if reason else KNOWN, reason)
    names = tuple(name.strip() for name in text.split(",") if name.strip()) or ("embedded",)
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise ValueError(f"STORES={text!r}: {unknown[0]!r} is no store; name {' or '.join(KNOWN)}, or auto")
    return StoreChoice(names, None if "neo4j" in names else f"STORES is {','.join(names)!r}")


def missing_engine() -> str | None:
    """Why no Neo4j can be started in a container here; None where it can. Pulls the image for two minutes at most."""
    if shutil.which("docker") is None:
        return f"no docker command, and {URI_VARIABLE} names no server"
    if not _succeeds("docker", "info", timeout_s=20):
        return f"no Docker engine answers, and {URI_VARIABLE} names no server"
    if _succeeds("docker", "image", "inspect", IMAGE, timeout_s=20):
        return None
    if _succeeds("docker", "pull", "-q", IMAGE, timeout_s=PULL_TIMEOUT_S):
        return None
    return f"the image {IMAGE} is not here and could not be pulled within {PULL_TIMEOUT_S} s"


def _succeeds(*command: str, timeout_s: float) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=timeout_s, check=False).returncode == 0
    except (subprocess.TimeoutExpired, OSError):
        return False
