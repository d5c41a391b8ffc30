"""The server as a process: ready, one JSON line per request, requests in flight finished, the store closed."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graph_service.api.server import bind
from graph_service.errors import InvalidInput
from tests.support.served import Served, clean_environment, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "tests.support.serve_store", f"sqlite://{tmp_path}/graph.db"]
    with serving(command, cwd=ROOT, environment=clean_environment(), log=tmp_path / "log", timeout_s=60) as running:
        yield running


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_closes_the_store_and_ends_without_a_trace(served: Served, sign: signal.Signals) -> None:
    assert served.ask("{ revision { number } }") == {"revision": {"number": 0}}

    os.kill(served.process.pid, sign)

    assert served.process.wait(timeout=30) == 0
    assert served.printed.read_text().splitlines()[-1] == "closed"
    assert "Traceback" not in served.said.read_text()


def test_a_request_in_flight_when_the_stop_comes_is_answered(served: Served) -> None:
    body = json.dumps({"query": "{ revision { number } }"}).encode()
    host, port = served.url.removeprefix("http://").split(":")
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as caller:
        caller.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 100")  # the application is reading the body by now
        os.kill(served.process.pid, signal.SIGTERM)
        caller.sendall(body)
        answer = b""
        while chunk := caller.recv(65_536):
            answer += chunk

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'{"data":{"revision":{"number":0}}}' in answer
    assert served.process.wait(timeout=30) == 0


def test_the_log_is_one_json_line_per_request_without_query_or_key(served: Served) -> None:
    key = "gs_" + "0" * 16 + "_" + "1" * 64
    httpx.post(
        f"{served.url}/graphql?secret=1",
        json={"query": "{ me { name } }"},
        headers={"authorization": f"Bearer {key}", "x-request-id": "mine"},
    )
    os.kill(served.process.pid, signal.SIGTERM)
    served.process.wait(timeout=30)

    lines = [json.loads(line) for line in served.said.read_text().splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["request_id"], line["method"], line["path"], line["status"]) for line in requests] == [
        ("mine", "POST", "/graphql", 401)
    ]
    assert key not in served.said.read_text()
    assert "secret" not in served.said.read_text()


def test_a_port_that_is_taken_is_named_in_a_clear_error() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(InvalidInput, match=f"127.0.0.1 port {port}: Address already in use"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000), ("no such host", 0)])
def test_an_address_that_cannot_be_had_is_a_clear_error(host: str, port: int) -> None:
    with pytest.raises(InvalidInput, match="cannot listen on"):
        bind(host, port)
