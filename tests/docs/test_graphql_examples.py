"""The GraphQL examples of the docs answer, on the example chains, what the page shows."""

import json
import re
from pathlib import Path

import pytest

from graph_service.exchange.dataset import read_folder
from graph_service.model.batch import ChangesApplied
from graph_service.model.vocabulary import Door, Role
from graph_service.ports import SystemClock
from graph_service.service.access import OPERATOR
from graph_service.service.intake import apply_changes
from graph_service.store.embedded import EmbeddedStore
from tests.support.api_client import api_on
from tests.support.clock import FixedClock

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): text
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if "```graphql" in (text := page.read_text(encoding="utf-8"))
}
EXAMPLE = re.compile(r"^```graphql\n(?P<query>.*?)^```\n\n```json\n(?P<answer>.*?)^```$", re.MULTILINE | re.DOTALL)
AS_SUPPLIER = re.compile(r"# as supplier (\S+)\n")
ANYTHING = "..."


@pytest.mark.parametrize("page", PAGES)
async def test_examples_answer_what_the_page_shows(page: str, tmp_path: Path) -> None:
    """In order, on a store of their own, as the chain leader unless ``# as supplier UID`` begins a query."""
    examples = list(EXAMPLE.finditer(PAGES[page]))
    assert len(examples) == PAGES[page].count("```graphql")
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
            supplier = AS_SUPPLIER.match(example["query"])
            key = None if supplier is None else await api.key(Role.SUPPLIER, supplier[1])
            answer = json.loads(example["answer"])
            assert await api.ask(example["query"], key=key) == approximately(answer["data"])
    await store.close()


class Anything:
    """Equal to every text: uids and moments that differ from run to run."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __repr__(self) -> str:
        return ANYTHING

    __hash__ = None  # type: ignore[assignment]


def approximately(expected: object) -> object:
    """The same answer with numbers to nine digits, where ``...`` is any text."""
    if expected == ANYTHING:
        return Anything()
    if isinstance(expected, float):
        return pytest.approx(expected, rel=1e-9)
    if isinstance(expected, dict):
        return {name: approximately(value) for name, value in expected.items()}
    return [approximately(value) for value in expected] if isinstance(expected, list) else expected
