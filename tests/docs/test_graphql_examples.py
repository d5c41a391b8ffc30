"""The GraphQL examples of the docs answer, on the example chains, what the page shows."""

import json
import re
from pathlib import Path

import pytest

from graph_service.exchange.dataset import read_folder
from graph_service.model.batch import ChangesApplied
from graph_service.model.vocabulary import Door
from graph_service.ports import SystemClock
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from graph_service.store.embedded import EmbeddedStore
from tests.support.api_client import api_on
from tests.support.clock import FixedClock

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "graphql.md"
EXAMPLE = re.compile(r"^```graphql\n(?P<query>.*?)^```\n\n```json\n(?P<answer>.*?)^```$", re.MULTILINE | re.DOTALL)


async def test_examples_answer_what_the_page_shows(tmp_path: Path) -> None:
    examples = list(EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(examples) == PAGE.read_text(encoding="utf-8").count("```graphql")
    store = await EmbeddedStore.open(tmp_path / "graph.db", clock=SystemClock())
    async with api_on(store, clock=FixedClock()) as api:
        recorded = await apply_changes(
            read_folder(ROOT / "seeds").batch,
            principal=OPERATOR,
            door=Door.CLI,
            store=store,
            snapshots=api.services.snapshots,
            clock=api.clock,
        )
        assert isinstance(recorded, ChangesApplied)
        for example in examples:
            answer = json.loads(example["answer"])
            assert await api.ask(example["query"]) == approximately(answer["data"])
    await store.close()


def approximately(expected: object) -> object:
    """The same answer with numbers to nine digits."""
    if isinstance(expected, float):
        return pytest.approx(expected, rel=1e-9)
    if isinstance(expected, dict):
        return {name: approximately(value) for name, value in expected.items()}
    return [approximately(value) for value in expected] if isinstance(expected, list) else expected
