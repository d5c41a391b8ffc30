"""The wheel alone, in an empty environment with the locked packages, far from any checkout."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.served import clean_environment, free_port, serving

INSTALL_TIMEOUT_S = 600

LOAD_EVERY_STATEMENT = """
import importlib, importlib.resources, json, sys
import graph_service
loaded = {}
for name, home in json.load(sys.stdin):
    loaded[name] = importlib.import_module(home + ".statements").statement(name)
print(json.dumps({"where": graph_service.__file__, "loaded": loaded}))
"""


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        ".",
    ]
    subprocess.run(build, cwd=clone, env=clean_environment(), check=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, clone: Path, pip_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that holds the wheel and what the lock names, nothing else."""
    home = tmp_path_factory.mktemp("empty") / "environment"
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    pip: list[str | Path] = [home / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    locked = [*pip, "--require-hashes", "--only-binary", ":all:", "-r", clone / "requirements.lock"]
    environment = clean_environment(PIP_CACHE_DIR=str(pip_cache))
    for command in (locked, [*pip, "--no-deps", wheel]):
        subprocess.run(command, cwd=home, env=environment, check=True, timeout=INSTALL_TIMEOUT_S)
    return home / "bin"


def test_the_wheel_carries_statements_seeds_units_types_and_licence_but_no_tests(wheel: Path, clone: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("cypher", "_cypher"), ("seeds", "_seeds"), ("graph_service", "")):
        paths = [path.relative_to(clone / folder) for path in (clone / folder).rglob("*") if path.is_file()]
        here = {str(Path("graph_service", inside, path)) for path in paths if "__pycache__" not in path.parts}
        assert here, folder
        assert here - names == set()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "graph_service/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_the_wheels_requirements_are_met_by_the_lock(installed: Path) -> None:
    done = subprocess.run([installed / "python", "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_statement_loads_by_name_from_the_wheel(installed: Path, clone: Path, tmp_path: Path) -> None:
    embedded, neo4j = "graph_service.store.embedded", "graph_service.store.neo4j"
    texts = {
        path.stem: (home, path.read_text(encoding="utf-8"))
        for home, folder, suffix in ((embedded, "graph_service", "sql"), (neo4j, "cypher", "cypher"))
        for path in (clone / folder).rglob(f"*.{suffix}")
    }
    assert {home for home, _ in texts.values()} == {embedded, neo4j}
    done = subprocess.run(
        [installed / "python", "-I", "-c", LOAD_EVERY_STATEMENT],
        input=json.dumps([(name, home) for name, (home, _) in texts.items()]),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert Path(answer["where"]).is_relative_to(installed.parent)
    assert answer["loaded"].keys() == texts.keys()
    for name, (_, text) in texts.items():
        assert answer["loaded"][name].strip() in text, name


def test_the_demo_runs_from_the_wheel_in_another_directory(installed: Path, tmp_path: Path) -> None:
    elsewhere, temporary = tmp_path / "elsewhere", tmp_path / "temporary"
    elsewhere.mkdir()
    temporary.mkdir()
    port = str(free_port())
    command: list[str | Path] = [installed / "graph-service", "demo", "--port", port]
    environment = clean_environment(TMPDIR=str(temporary), HOME=str(tmp_path / "home"))
    with serving(command, cwd=elsewhere, environment=environment, log=tmp_path / "log", timeout_s=120) as demo:
        assert demo.ask("{ revision { number } }") == {"revision": {"number": 1}}
        assert demo.press_control_c() in (0, 130)
        assert not demo.is_listening()
    assert list(temporary.glob("graph-service*")) == []
    assert list(elsewhere.iterdir()) == []
