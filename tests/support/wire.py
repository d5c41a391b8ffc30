"""A wire to a service on this machine that can lose answers: what is sent arrives, what is answered does not."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

HELLO_BYTES = 900
"""More than a call for a token or a footprint sends after its first packet of TLS, less than one with an event."""


class Wire:
    """Carries connections to a port, bytes as they are. ``is_holding``: answers to events are kept back."""

    def __init__(self, port_of: Callable[[], int]) -> None:
        self._port_of = port_of
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.is_holding = False
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """All that is on the wire is lost; new connections are carried again, answers too."""
        self.is_holding = False
        for end in list(self._open):
            _close(end)

    def close(self) -> None:
        """The wire is gone."""
        _close(self._listener)
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._port_of()), timeout=5)
                except OSError:
                    _close(near)
                    continue
                far.settimeout(None)
                _Connection(near, far, self).carry()

    def remember(self, *ends: socket.socket) -> None:
        self._open.update(ends)

    def forget(self, *ends: socket.socket) -> None:
        for end in ends:
            self._open.discard(end)
            _close(end)


class _Connection:
    """Both directions of one connection."""

    def __init__(self, near: socket.socket, far: socket.socket, wire: Wire) -> None:
        self._near, self._far, self._wire, self._sent = near, far, wire, 0
        wire.remember(near, far)

    def carry(self) -> None:
        for way in (self._there, self._back):
            threading.Thread(target=self._run, args=(way,), daemon=True).start()

    def _run(self, way: Callable[[], None]) -> None:
        with suppress(OSError):
            way()
        self._wire.forget(self._near, self._far)

    def _there(self) -> None:
        is_first = True
        while data := self._near.recv(65536):
            self._sent += 0 if is_first else len(data)
            is_first = False
            self._far.sendall(data)

    def _back(self) -> None:
        while data := self._far.recv(65536):
            if not (self._wire.is_holding and self._sent > HELLO_BYTES):
                self._near.sendall(data)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
