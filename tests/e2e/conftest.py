"""Everything below here is end to end: minutes long, run by ``make e2e`` and never by ``make test``."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, as a stranger gets it: a fresh clone without virtual environment."""
    folder = tmp_path_factory.mktemp("clone") / "graph-service"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder], check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def pip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pip's cache of this run: empty at its start."""
    return tmp_path_factory.mktemp("pip-cache")
