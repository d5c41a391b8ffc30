"""Reads again what is not whole yet: Neo4j lets a reader see a commit before all of it is applied, indexes last."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from graph_service.errors import StoreUnavailable

RETRY_PAUSES_S = (0.02, 0.1, 0.5, 2.0)

_Result = TypeVar("_Result")


class Incomplete(Exception):
    """What was read is not what the revision counted."""


async def read_whole(read: Callable[[], Awaitable[_Result]], *, what: str) -> _Result:
    """What ``read`` returns, once it raises ``Incomplete`` no longer.

    Raises
    ------
    StoreUnavailable
        Rows are still missing after some seconds: somebody changed the graph behind the store's back.
    """
    for pause_s in RETRY_PAUSES_S:
        try:
            return await read()
        except Incomplete:
            await asyncio.sleep(pause_s)
    try:
        return await read()
    except Incomplete as error:
        raise StoreUnavailable(f"{what} is not whole: {error}") from error
