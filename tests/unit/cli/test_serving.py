"""``demo`` and ``serve`` as processes: ready, answering, stopped, and nothing left behind."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30


class Server:
    """A running command whose lines are read as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait_until_ready(self) -> str:
        """The address after ``ready``."""
        while True:
            line = self._queue.get(timeout=START_TIMEOUT_S)
            assert line is not None, self.lines
            self.lines.append(line)
            if line.startswith("ready "):
                return line.removeprefix("ready ")

    def stop(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(timeout=STOP_TIMEOUT_S)


@contextmanager
def running(temporary: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """A command with its temporary files below ``temporary``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "graph_service", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=os.environ | {"TMPDIR": str(temporary)} | environment,
    )
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait()


def ask(url: str, query: str, key: str | None = None) -> dict[str, object]:
    request = urllib.request.Request(  # noqa: S310  an address of our own server
        f"{url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {}),
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  as above
        document: dict[str, object] = json.load(answer)
    return document


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_demo_prints_answers_serves_and_leaves_nothing_behind(tmp_path: Path, sign: signal.Signals) -> None:
    # An ASCII-only standard stream: Chinese names in the answers must not end the demo.
    with running(tmp_path, "demo", "--port", "0", PYTHONIOENCODING="ascii", LC_ALL="C") as server:
        url = server.wait_until_ready()
        text = "\n".join(server.lines)
        assert "pack: LFP battery pack 60.48 kWh\n5,739.94 kg CO2e per pc (" in text
        assert "12,663.0 kg CO2e per pc, incomplete" in text
        assert "gaps: none" in text
        key = next(line for line in server.lines if line.startswith("leader key: ")).removeprefix("leader key: ")
        assert [path.name.startswith("graph-service-demo-") for path in tmp_path.iterdir()] == [True]
        query = '{ me { role } item(uid: "pack") { nameZh footprint { totalKgCO2e } } }'
        found = ask(url, query)["data"]
        assert found == {
            "me": {"role": "AUDITOR"},
            "item": {
                "nameZh": "磷酸铁锂电池包 60.48 kWh",
                "footprint": {"totalKgCO2e": pytest.approx(5739.944731059588, rel=1e-12)},
            },
        }
        assert ask(url, "{ me { role } }", key)["data"] == {"me": {"role": "CHAIN_LEADER"}}
        assert server.stop(sign) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_busy_port_is_a_call_at_fault_said_before_any_work(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "graph_service", "demo", "--port", str(port)],
            capture_output=True,
            text=True,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            timeout=START_TIMEOUT_S,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert str(port) in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_serve_answers_nobody_without_a_key_and_stops_when_asked(tmp_path: Path) -> None:
    store = f"sqlite://{tmp_path / 'graph.db'}"
    with running(tmp_path, "--store", store, "serve", "--port", "0") as server:
        url = server.wait_until_ready()
        assert server.lines == [f"ready {url}"]
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(url, "{ revision { number } }")
        assert refused.value.code == 401
        refused.value.close()
        with urllib.request.urlopen(f"{url}/health/ready", timeout=30) as answer:  # noqa: S310  our own server
            assert answer.status == 200
        assert server.stop(signal.SIGTERM) == 0
