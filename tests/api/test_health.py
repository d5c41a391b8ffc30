"""Health: the process, and the store behind it."""

import asyncio

import pytest

from graph_service.errors import StoreUnavailable
from tests.conftest import OpenStore
from tests.support.api_client import Api


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """Health is the same on every store."""
    return embedded_only


async def test_live_asks_no_store(api: Api) -> None:
    api.store.calls.clear()

    response = await api.http.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert not api.store.calls


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_is_told_without_a_body_too(api: Api, path: str) -> None:
    response = await api.http.head(path)

    assert (response.status_code, response.content) == (200, b"")


async def test_ready_asks_the_store(api: Api) -> None:
    response = await api.http.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})
    assert api.store.calls["check_ready"] == 1


async def test_a_store_that_refuses_makes_the_service_not_ready_with_the_reason(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise StoreUnavailable(f"schema of {api.services.settings.store} is at 3, 4 is needed")

    monkeypatch.setattr(api.store, "check_ready", refuse)

    response = await api.http.get("/health/ready")

    assert response.status_code == 503
    assert "4 is needed" in response.json()["reason"]
    assert (await api.http.get("/health/live")).status_code == 200


async def test_a_store_that_does_not_answer_in_time_makes_the_service_not_ready(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(api.store, "check_ready", never)
    monkeypatch.setattr("graph_service.api.health.READY_TIMEOUT_S", 0.05)

    response = await api.http.get("/health/ready")

    assert response.status_code == 503
    assert "no answer" in response.json()["reason"]
