"""Declared beside traced: ``reconcile``."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.footprints import unknown_item
from graph_service.cli.streams import result
from graph_service.cli.tables import Cell, Format, csv_text, json_text, percent_text, text_table
from graph_service.cli.views import AskedView, FormatOption, viewed_graph, with_view
from graph_service.model.vocabulary import Kind
from graph_service.service.reconciling import MOST_PRODUCTS, Reconciled, reconcile
from graph_service.service.records import row_of
from graph_service.service.snapshots import ViewedGraph

COLUMNS = (
    *("item", "declaration", "declared_unit", "declared_kgco2e", "traced_kgco2e"),
    *("difference_kgco2e", "relative_difference", "is_traced_complete", "effect_kgco2e"),
)


@with_view
def reconcile_declarations(
    context: typer.Context,
    *,
    products: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PRODUCT]...", help="Rank by what the difference does to the totals of these items."),
    ] = None,
    first: Annotated[int, typer.Option("--first", min=1, help="How many items to show.")] = 50,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """Every item that is both declared and traced: the two totals, and whose difference matters most."""
    graph = viewed_graph(context, asked)
    rows = [_row(graph, uid) for uid in products or ()]
    if len(rows) > MOST_PRODUCTS:
        raise refuse_call(f"{len(rows):,} products; name at most {MOST_PRODUCTS:,}")
    found = reconcile(graph, rows)
    cells = [_cells(graph, one) for one in found[:first]]
    if output_format is Format.CSV:
        result(csv_text(COLUMNS, cells))
    elif output_format is Format.JSON:
        documents = [dict(zip(COLUMNS, row, strict=True)) for row in cells]
        result(json_text({"products": list(products or ()), "items": len(found), "reconciliations": documents}))
    elif not found:
        result("no item is both declared and traced")
    else:
        result(_table(cells, len(found)))


def _row(graph: ViewedGraph, uid: str) -> int:
    row = row_of(graph.day.facts, Kind.ITEM, uid)
    if row is None:
        raise refuse_call(unknown_item(uid, graph.day.facts))
    return row


def _cells(graph: ViewedGraph, one: Reconciled) -> list[Cell]:
    facts = graph.day.facts
    values = asdict(one)
    values["item"] = facts.items["uid"][one.item_row].as_py()
    values["declared_unit"] = facts.items["declared_unit"][one.item_row].as_py()
    values["declaration"] = facts.tables[Kind.DECLARATION]["uid"][one.declaration_row].as_py()
    return [values[column] for column in COLUMNS]


def _table(cells: Sequence[list[Cell]], count: int) -> str:
    shown: list[list[Cell]] = []
    for row in cells:
        one = dict(zip(COLUMNS, row, strict=True))
        traced = one["traced_kgco2e"]
        relative = one["relative_difference"]
        shown.append(
            [
                one["item"],
                one["declared_kgco2e"],
                "not known" if traced is None else traced,
                "" if isinstance(relative, str) or relative is None else percent_text(float(relative)),
                one["effect_kgco2e"],
                "" if one["is_traced_complete"] else "traced total has gaps",
            ]
        )
    header = ("item", "declared kg CO2e", "traced kg CO2e", "difference", "effect kg CO2e", "note")
    rest = f"\n\nand {count - len(cells)} more: --first N shows them" if count > len(cells) else ""
    return text_table(header, shown) + rest
