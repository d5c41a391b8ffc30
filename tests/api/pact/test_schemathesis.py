"""What the specification's own OpenAPI lets be asked, and much that it does not, is answered as it says.

Of schemathesis' checks these are left out:

- ``positive_data_acceptance`` of events: the schema says little beyond their envelope, and lets the body be missing.
  An answer to a request that we never sent is well-formed by it and refused all the same.
- ``negative_data_rejection`` of lists and ids: the specification wants 200 and an empty list for values that fit
  nothing, even impossible ones, and 404 for an id that is none.
- all of V2: its 404 has the code ``NoSuchFootprint`` of the specification's text, which its OpenAPI does not list.

Deterministic: the same cases at each run.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from graph_service.model.batch import Beside
from graph_service.model.partners import PactVersion, Partner
from graph_service.model.vocabulary import Kind, Role
from graph_service.ports import SystemClock
from graph_service.service.access import create_key
from graph_service.service.snapshots import Snapshots
from graph_service.store.embedded import EmbeddedStore
from tests.api.pact.conftest import CHAIN, declared
from tests.support.batches import prepared
from tests.support.served import clean_environment, serving

ROOT = Path(__file__).parents[3]
OPENAPI = ROOT / "tests" / "reference" / "pact" / "openapi-3.0.4.yaml"
EXAMPLES = 50

load_all_checks()
SCHEMA: Any = schemathesis.openapi.from_dict(yaml.safe_load(OPENAPI.read_text(encoding="utf-8")))
"""``Any``: its operations are found by path and method."""


@dataclass(frozen=True, slots=True)
class Door:
    """A service that answers plain http on this machine, and the key of a partner."""

    url: str
    key: str


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("schemathesis")
    key = asyncio.run(_fill(folder / "graph.db"))
    environment = clean_environment(
        GRAPH_SERVICE_STORE=f"sqlite://{folder}/graph.db", GRAPH_SERVICE_PACT_ALLOW_HTTP="true"
    )
    command = [sys.executable, "-m", "graph_service", "serve", "--port", "0"]
    with serving(command, cwd=ROOT, environment=environment, log=folder / "log", timeout_s=60) as running:
        yield Door(running.url, key)
        said = running.said.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert key not in said


async def _fill(path: Path) -> str:
    """A store with footprints that a partner may see; its key."""
    clock = SystemClock()
    store = await EmbeddedStore.open(path, clock=clock)
    try:
        snapshots = Snapshots(store, clock, ZoneInfo("UTC"))
        key = await create_key(role=Role.PUBLIC, supplier_uid=None, store=store, snapshots=snapshots, clock=clock)
        partner = Partner(
            "buyer", "Buyer", "https://buyer.example", PactVersion.V3, key.split("_")[1], item_uids=("cell",)
        )
        footprints = [declared(number, is_published=True, state="ACCEPTED") for number in range(1, 6)]
        beside = Beside((partner.to_record(is_new=True),))
        await store.apply(prepared(0, {**CHAIN, Kind.DECLARATION: footprints}, beside=beside))
        return key
    finally:
        await store.close()


LEFT_OUT = {
    ("/3/footprints", GenerationMode.POSITIVE): [],
    ("/3/footprints", GenerationMode.NEGATIVE): ["negative_data_rejection"],
    ("/3/footprints/{id}", GenerationMode.POSITIVE): [],
    ("/3/footprints/{id}", GenerationMode.NEGATIVE): ["negative_data_rejection"],
    ("/3/events", GenerationMode.POSITIVE): ["positive_data_acceptance"],
    ("/3/events", GenerationMode.NEGATIVE): ["positive_data_acceptance"],
}
METHODS = {"/3/footprints": "GET", "/3/footprints/{id}": "GET", "/3/events": "POST"}


@pytest.mark.parametrize(("path", "mode"), LEFT_OUT)
def test_nothing_is_found(door: Door, path: str, mode: GenerationMode) -> None:
    excluded = CHECKS.get_by_names(LEFT_OUT[path, mode])
    headers = {"authorization": f"Bearer {door.key}"}
    statuses: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][METHODS[path]].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        answer = case.call_and_validate(
            base_url=door.url, session=session, headers=headers, excluded_checks=excluded, timeout=30
        )
        statuses.append(answer.status_code)

    with requests.Session() as session:
        check()
    assert len(statuses) >= EXAMPLES // 2
    assert max(statuses) < 500
