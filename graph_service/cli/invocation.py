"""What every command shares: the store it was given, its settings, and running what waits."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import typer

from graph_service.bootstrap import Services, open_services
from graph_service.settings import Settings

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options before the command. ``store``: None where ``--store`` was not given."""

    store: str | None

    def settings(self) -> Settings:
        """The settings of the environment; ``--store`` overrides the store."""
        return Settings() if self.store is None else Settings(store=self.store)

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """The services on the chosen store while the block runs."""
        async with open_services(self.settings()) as services:
            yield services


def invocation_of(context: typer.Context) -> Invocation:
    """The options that stood before the command."""
    found = context.find_object(Invocation)
    if found is None:
        raise TypeError("the command was called without the application's own options")
    return found


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What ``work`` answers, on an event loop of its own."""
    return asyncio.run(work)
