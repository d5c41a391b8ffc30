"""``demo`` and ``serve`` as processes: ready, answering, stopped, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.served import STOP_TIMEOUT_S, Served, clean_environment, serving

ROOT = Path(__file__).parents[3]
START_TIMEOUT_S = 60


@contextmanager
def running(tmp_path: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """A serving command whose temporary files lie in ``tmp_path / "temporary"``."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    extra = {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-m", "graph_service", *arguments]
    with serving(
        command, cwd=tmp_path, environment=clean_environment(**extra), log=tmp_path / "log", timeout_s=START_TIMEOUT_S
    ) as served:
        yield served


def stop(served: Served, sign: signal.Signals) -> int:
    """The exit status after a signal to the command itself."""
    served.process.send_signal(sign)
    return served.process.wait(timeout=STOP_TIMEOUT_S)


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
    with running(tmp_path, "demo", "--port", "0", PYTHONIOENCODING="ascii", LC_ALL="C") as served:
        url, text = served.url, served.printed.read_text(encoding="utf-8")
        assert "pack: LFP battery pack 60.48 kWh\n5,739.94 kg CO2e per pc (" in text
        assert "12,663 kg CO2e per pc, incomplete" in text
        assert "gaps: none" in text
        key = next(line for line in text.splitlines() if line.startswith("leader key: ")).removeprefix("leader key: ")
        assert [path.name.startswith("graph-service-demo-") for path in (tmp_path / "temporary").iterdir()] == [True]
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
        assert stop(served, sign) == 0
    assert list((tmp_path / "temporary").iterdir()) == []


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
    with running(tmp_path, "--store", store, "serve", "--port", "0") as served:
        url = served.url
        assert served.printed.read_text(encoding="utf-8") == f"ready {url}\n"
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(url, "{ revision { number } }")
        assert refused.value.code == 401
        refused.value.close()
        with urllib.request.urlopen(f"{url}/health/ready", timeout=30) as answer:  # noqa: S310  our own server
            assert answer.status == 200
        assert stop(served, signal.SIGTERM) == 0
