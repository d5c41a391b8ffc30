"""A serving command as its user sees it: started, read until it is ready, asked over HTTP, stopped by Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

STOP_TIMEOUT_S = 40
# What a surrounding `make` or virtual environment hands on, and settings that would bend the command.
INHERITED = re.compile(r"MAKE|MFLAGS|VIRTUAL_ENV|PYTHON(PATH|HOME)$|GRAPH_SERVICE_|PYTEST_|(STORES|PORT|ARGS|PYTHON)$")


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment as a user's terminal would have it, and ``extra``."""
    return {name: value for name, value in os.environ.items() if not INHERITED.match(name)} | extra


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Served:
    """A running command; ``printed`` is the file that takes its standard output, ``said`` its standard error."""

    process: subprocess.Popen[bytes]
    url: str
    printed: Path
    said: Path

    def ask(self, query: str) -> dict[str, object]:
        """The data that the GraphQL query answers; fails on errors."""
        answer = httpx.post(f"{self.url}/graphql", json={"query": query}, timeout=30).json()
        assert "errors" not in answer, answer
        data = answer["data"]
        assert isinstance(data, dict)
        return data

    def press_control_c(self) -> int:
        """What a terminal does: SIGINT to the whole group. Answers the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def is_listening(self) -> bool:
        host, port = self.url.removeprefix("http://").split(":")
        with socket.socket() as caller:
            return caller.connect_ex((host, int(port))) == 0


@contextmanager
def serving(
    command: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], log: Path, timeout_s: float
) -> Iterator[Served]:
    """The command once it has printed ``ready URL``; its whole process group is gone after the block."""
    log.mkdir(parents=True, exist_ok=True)
    printed, said = log / "stdout", log / "stderr"
    with printed.open("wb") as out, said.open("wb") as err:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    try:
        url = _wait_until_ready(process, printed, said, time.monotonic() + timeout_s)
        yield Served(process, url, printed, said)
    finally:
        _end_group(process)


def _wait_until_ready(process: subprocess.Popen[bytes], printed: Path, said: Path, deadline: float) -> str:
    while True:
        found = re.search(r"^ready (\S+)$", printed.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if found:
            return found.group(1)
        has_ended = process.poll() is not None
        if has_ended or time.monotonic() > deadline:
            state = f"ended with {process.returncode}" if has_ended else "was not ready in time"
            raise AssertionError(f"the command {state}:\n{printed.read_text()[-2000:]}\n{said.read_text()[-4000:]}")
        time.sleep(0.2)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    # The leader may be gone while a child that ignored the signal lives on in its group.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(timeout=STOP_TIMEOUT_S)
