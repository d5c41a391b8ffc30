"""The HTTP server of the command line: binds, says when it serves, stops gracefully."""

import asyncio
import logging
import random
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from graph_service.api.app import create_app
from graph_service.api.request_log import log_as_json
from graph_service.bootstrap import Services, exchange_of
from graph_service.errors import InvalidInput
from graph_service.service.partners.fetching import delivery_of
from graph_service.service.partners.outbox import run_outbox

GRACE_S = 20
"""How long requests in flight may still take after a stop was asked for."""

LOGGER = logging.getLogger("graph_service.api")


class GracefulServer(uvicorn.Server):
    """Ends on SIGINT and SIGTERM after its requests in flight, and returns: the caller closes the store."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- uvicorn's signature
        # uvicorn's own handler raises the signal again afterwards, which kills the process before the store is closed.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server speaks https with, PEM: the chain, its own certificate first, and the private key."""

    chain: Path
    key: Path

    @classmethod
    def of(cls, chain: Path | None, key: Path | None) -> "Certificate | None":
        """The pair, checked; None where neither is given.

        Raises ``InvalidInput`` where one of them is missing, cannot be read, is locked, or does not fit the other.
        """
        if chain is None and key is None:
            return None
        if chain is None or key is None:
            raise InvalidInput("https needs both: --tls-cert with the certificate chain and --tls-key with its key")
        try:
            # A locked key is refused: asking for its password would hold up a server that starts by itself.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key, password=lambda: "")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else str(error)
            raise InvalidInput(
                f"cannot serve https with certificate {chain} and key {key}: {reason}; give PEM files that belong "
                "together, the key without a password"
            ) from error
        return cls(chain, key)


async def serve(
    services: Services,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    certificate: Certificate | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, https where there is a certificate, else http.

    ``on_ready`` is given the address once requests are answered. Port 0 takes a free one. Raises ``InvalidInput`` where
    the address cannot be had.
    """
    listener = bind(host, port)
    log_as_json(services.settings.log_level)
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        lifespan="off",
        ws="none",
        ssl_certfile=None if certificate is None else certificate.chain,
        ssl_keyfile=None if certificate is None else certificate.key,
    )
    server = GracefulServer(config)
    url = address(listener, host, scheme="http" if certificate is None else "https")
    announcing = asyncio.create_task(_announce(server, url, on_ready))
    delivery = delivery_of(exchange_of(services), services.partners, random.SystemRandom())
    delivering = asyncio.create_task(run_outbox(delivery))
    try:
        await server.serve(sockets=[listener])
    finally:
        announcing.cancel()
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        listener.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ``InvalidInput`` where the port is taken or the host is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio sends small answers at once (TCP_NODELAY) only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InvalidInput(
            f"cannot listen on {host} port {port}: {reason}; name another with --port, or 0 for a free one"
        ) from error
    listener.setblocking(False)
    return listener


def address(listener: socket.socket, host: str, *, scheme: str = "http") -> str:
    """Where a listening socket is reached, as a URL."""
    port = listener.getsockname()[1]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def _announce(server: uvicorn.Server, url: str, on_ready: Callable[[str], None]) -> None:
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers a flag and no event
        await asyncio.sleep(0.01)
    LOGGER.info("serving", extra={"fields": {"url": url}})
    on_ready(url)
