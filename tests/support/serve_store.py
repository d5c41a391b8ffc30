"""Serves a store by itself: ``python -m tests.support.serve_store STORE_URL [PORT]``, anonymous auditors allowed.

Prints ``ready URL`` once it serves, ``closed`` once the store is closed; logs to standard error.
"""

import asyncio
import sys

from graph_service.api.server import serve
from graph_service.bootstrap import open_services
from graph_service.settings import Settings


async def main(store: str, port: int) -> None:
    async with open_services(Settings(store=store, anonymous_role="AUDITOR")) as services:
        await serve(services, "127.0.0.1", port, lambda url: print(f"ready {url}", flush=True))
    print("closed", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
