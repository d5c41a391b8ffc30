"""The two commands of the README in a fresh clone with an empty pip cache."""

import subprocess
from pathlib import Path

import pytest

from tests.support.served import clean_environment, free_port, serving

SETUP_TIMEOUT_S = 600
PACK_TOTAL_KGCO2E = 5739.944731059588


@pytest.fixture(scope="module")
def environment(pip_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return clean_environment(PIP_CACHE_DIR=str(pip_cache), TMPDIR=str(tmp_path_factory.mktemp("temporary")))


def test_make_demo_answers_serves_and_leaves_nothing_behind(
    clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = ["make", "demo", f"PORT={free_port()}"]
    with serving(command, cwd=clone, environment=environment, log=tmp_path, timeout_s=SETUP_TIMEOUT_S) as demo:
        assert demo.url == f"http://127.0.0.1:{command[-1].removeprefix('PORT=')}"
        data = demo.ask('{ item(uid: "pack") { uid footprint { totalKgCO2e isComplete } } me { role } }')
        assert data["item"] == {
            "uid": "pack",
            "footprint": {"totalKgCO2e": pytest.approx(PACK_TOTAL_KGCO2E, rel=1e-9), "isComplete": True},
        }
        printed = demo.printed.read_text(encoding="utf-8")
        assert "leader key: gs_" in printed
        assert "pack" in printed
        demo.press_control_c()
        assert not demo.is_listening()
        assert "Traceback" not in demo.said.read_text(encoding="utf-8")
    assert list(Path(environment["TMPDIR"]).glob("graph-service*")) == []


def test_make_test_runs_in_the_clone(clone: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["make", "test", "STORES=embedded", "ARGS=tests/unit -q -p no:cacheprovider"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SETUP_TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert " passed" in done.stdout
    assert "NEO4J WAS NOT TESTED" in done.stdout


def test_a_second_set_up_finds_nothing_to_do(clone: Path, environment: dict[str, str]) -> None:
    subprocess.run(["make", "setup"], cwd=clone, env=environment, check=True, timeout=SETUP_TIMEOUT_S)
    offline = environment | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(["make", "setup"], cwd=clone, env=offline, check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_set_up_says_which_python_it_wants(clone: Path, tmp_path: Path) -> None:
    """On a machine whose only Python is too old."""
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "--quiet", clone, copy], check=True)
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\necho "is Python 3.8" >&2\nexit 1\n')
    old.chmod(0o755)
    environment = clean_environment(PYTHON=str(old))
    done = subprocess.run(["make", "demo"], cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "no Python from 3.11 to 3.14 found" in done.stderr
    assert "is Python 3.8" in done.stderr
    assert not (copy / ".venv").exists()
