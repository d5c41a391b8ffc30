"""The application on each chosen store, empty, and on a small chain."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graph_service.ports import Clock, GraphStore, SystemClock
from graph_service.store.embedded import EmbeddedStore
from tests.conftest import OpenStore
from tests.support.api_client import Api, api_on
from tests.support.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def embedded_only(tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens the embedded store: for what is the same on every store, so that it is tried once."""
    opened: list[GraphStore] = []

    async def open_embedded(*, clock: Clock | None = None) -> GraphStore:
        opened.append(await EmbeddedStore.open(tmp_path / "graph.db", clock=clock or SystemClock()))
        return opened[-1]

    yield open_embedded
    for store in opened:
        await store.close()


@pytest.fixture
async def api(open_store: OpenStore, clock: FixedClock) -> AsyncIterator[Api]:
    """The application on an empty store."""
    async with api_on(await open_store(clock=clock), clock=clock) as client:
        yield client


CHAIN = {
    "regions": [
        {"code": "CN", "name": "China", "nameZh": "中国"},
        {"code": "CN-61", "name": "Shaanxi", "nameZh": "陕西", "parent": "CN"},
    ],
    "suppliers": [
        {"uid": "head", "name": "Head Motors", "region": "CN-61"},
        {"uid": "cells", "name": "Cell Works", "nameZh": "电芯厂", "region": "CN-61", "identifiers": ["urn:duns:1"]},
        {"uid": "mine", "name": "Deep Mine", "region": "CN"},
    ],
    "items": [
        {"uid": "car", "name": "Car", "kind": "PRODUCT", "declaredUnit": "pc", "supplier": "head", "region": "CN-61"},
        {
            "uid": "pack",
            "name": "Battery pack",
            "nameZh": "电池包",
            "declaredUnit": "pc",
            "supplier": "cells",
            "region": "CN-61",
            "category": "battery",
            "equivalents": [{"amount": 60.48, "unit": "kWh"}],
        },
        {"uid": "ore", "name": "Ore", "kind": "MATERIAL", "declaredUnit": "kg", "supplier": "mine", "region": "CN"},
        {"uid": "seat", "name": "Seat", "declaredUnit": "pc", "supplier": "mine"},
    ],
    "factors": [
        {
            "uid": "grid-2024",
            "name": "Grid power, China 2024",
            "flow": "electricity",
            "kind": "CARBON_FOOTPRINT",
            "kgCO2e": 0.5777,
            "unit": "kWh",
            "region": "CN",
            "year": 2024,
            "boundary": "cradle to consumer",
            "gwpSet": "AR6",
            "source": "Ministry of Ecology and Environment, 2025",
            "licence": "public",
        }
    ],
    "emissions": [
        {"uid": "car-own", "item": "car", "kgCO2e": 100, "dataType": "PRIMARY", "isVerified": True},
        {"uid": "car-use", "item": "car", "kgCO2e": 5000, "stage": "USE"},
        {"uid": "pack-power", "item": "pack", "activity": 200, "activityUnit": "kWh", "flow": "electricity"},
        {"uid": "ore-own", "item": "ore", "kgCO2e": 2, "stage": "RAW_MATERIAL", "component": "FOSSIL"},
    ],
    "supplies": [
        {"uid": "pack-car", "input": "pack", "output": "car", "amount": 1},
        {"uid": "seat-car", "input": "seat", "output": "car", "amount": 5},
        {"uid": "ore-pack", "input": "ore", "output": "pack", "amount": 50, "unitCost": 3, "currency": "CNY"},
    ],
    "benchmarks": [
        {
            "category": "battery",
            "declaredUnit": "kWh",
            "limitKgCO2e": 110,
            "baselineKgCO2e": 85,
            "exemplaryKgCO2e": 60,
            "source": "example",
            "isExample": True,
        }
    ],
}
"""Ore and a seat without data make a pack and a car: pack 200 x 0.5777 + 50 x 2, car 100 more; 5,000 in use."""

PACK_KGCO2E = 200 * 0.5777 + 50 * 2
CAR_KGCO2E = 100 + PACK_KGCO2E


@pytest.fixture
async def chain(api: Api) -> Api:
    """The application on the small chain, recorded as revision 1."""
    assert await api.record("chain", **CHAIN) == 1
    return api
