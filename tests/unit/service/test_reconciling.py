"""Declared beside traced: the two totals of each item with both, and what the difference does to products."""

from datetime import UTC, date, datetime

import pytest

from graph_service.model.facts import Facts, Revision
from graph_service.model.vocabulary import Basis, Kind, SystemBoundary
from graph_service.service.day_graph import day_graph
from graph_service.service.footprints import footprint
from graph_service.service.reconciling import reconcile
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.views import View
from tests.support.batches import Record, declaration, emission, item, supply
from tests.support.facts import facts_of

DAY = date(2026, 6, 1)
REVISION = Revision(1, datetime(2026, 1, 1, tzinfo=UTC), "test", "cli", "")


def graph_of(*declarations: Record) -> ViewedGraph:
    """A pack of 2 cells and 3 frames; a cell of 4 powder, a frame of 1 powder."""
    facts: Facts = facts_of(
        items=[item(uid) for uid in ("pack", "cell", "frame", "powder")],
        supplies=[
            supply("1", "cell", "pack", amount=2.0),
            supply("2", "frame", "pack", amount=3.0),
            supply("3", "powder", "cell", amount=4.0),
            supply("4", "powder", "frame", amount=1.0),
        ],
        emissions=[emission(uid, uid, kgco2e=1.0) for uid in ("pack", "cell", "frame", "powder")],
        declarations=list(declarations),
    )
    return ViewedGraph(
        day_graph(REVISION, DAY, facts), View(DAY, REVISION, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)
    )


def told(graph: ViewedGraph, *products: str) -> list[tuple[object, ...]]:
    facts = graph.day.facts
    rows = [row for uid in products if (row := row_of(facts, Kind.ITEM, uid)) is not None]
    return [
        (facts.items["uid"][one.item_row].as_py(), one.declared_kgco2e, one.traced_kgco2e, one.effect_kgco2e)
        for one in reconcile(graph, rows)
    ]


def test_items_with_both_are_ranked_by_what_their_difference_does_to_the_product() -> None:
    graph = graph_of(declaration("c", "cell", kgco2e=6.0), declaration("f", "frame", kgco2e=1.2))

    # Traced: a cell 1 + 4 x 1 = 5, a frame 1 + 1 = 2. The pack takes 2 cells and 3 frames.
    assert told(graph, "pack") == [
        ("frame", 1.2, 2.0, pytest.approx(3 * (1.2 - 2.0))),
        ("cell", 6.0, 5.0, pytest.approx(2 * (6.0 - 5.0))),
    ]


def test_without_products_the_difference_itself_ranks() -> None:
    graph = graph_of(declaration("c", "cell", kgco2e=6.0), declaration("f", "frame", kgco2e=1.2))

    assert [row[0] for row in told(graph)] == ["cell", "frame"]


def test_an_effect_is_what_the_total_would_lose_if_the_item_were_traced() -> None:
    graph = graph_of(declaration("c", "cell", kgco2e=6.0), declaration("f", "frame", kgco2e=1.2))
    without = graph_of(declaration("f", "frame", kgco2e=1.2))
    row = row_of(graph.day.facts, Kind.ITEM, "pack")
    assert row is not None
    declared, traced = footprint(graph, row).total_kgco2e, footprint(without, row).total_kgco2e
    assert declared is not None
    assert traced is not None

    (effect,) = [row[3] for row in told(graph, "pack") if row[0] == "cell"]

    assert effect == pytest.approx(declared - traced)


def test_an_item_that_no_chosen_product_takes_has_no_effect_and_stands_last() -> None:
    graph = graph_of(declaration("c", "cell", kgco2e=6.0), declaration("f", "frame", kgco2e=1.2))

    assert [(row[0], row[3]) for row in told(graph, "frame")] == [("frame", pytest.approx(1.2 - 2.0)), ("cell", 0.0)]


def test_what_is_not_accepted_or_expired_is_not_reconciled() -> None:
    graph = graph_of(declaration("c", "cell", state="RECEIVED"), declaration("f", "frame", valid_to=date(2026, 5, 1)))

    assert told(graph) == []


def test_a_declared_item_without_structure_has_nothing_to_be_held_against() -> None:
    facts = facts_of(items=[item("cell")], declarations=[declaration("c", "cell")])
    view = View(DAY, REVISION, Basis.DECLARED_FIRST, SystemBoundary.CRADLE_TO_GATE)

    assert reconcile(ViewedGraph(day_graph(REVISION, DAY, facts), view)) == []
