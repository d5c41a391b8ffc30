"""Answers: ``rollup`` and ``hotspots``."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.streams import result, results_read, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, number_text, percent_text, safe_text, text_table
from graph_service.cli.views import AskedView, FormatOption, ItemArgument, viewed_graph, with_view
from graph_service.errors import Finding
from graph_service.exchange.dataset import write_totals
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import HotspotGroup, Kind
from graph_service.service.footprints import Footprint, Gap, Hotspot, footprint
from graph_service.service.records import row_of, rows_by_uid
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.totals import totals_table

NEAR_MATCHES = 3
FIRST_DEFAULT = 10


class ColumnChoice(StrEnum):
    TOTALS = "totals"
    ALL = "all"


@with_view
def rollup(
    context: typer.Context,
    *,
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="Where to write: .csv or .parquet; - for standard output.")
    ] = "-",
    columns: Annotated[
        ColumnChoice, typer.Option("--columns", help="The totals, or everything.")
    ] = ColumnChoice.TOTALS,
    asked: AskedView,
) -> None:
    """The footprint of every item as a table."""
    graph = viewed_graph(context, asked)
    with working("rolling up"):
        table = totals_table(graph, all_columns=columns is ColumnChoice.ALL)
    with results_read():
        write_totals(table, None if out == "-" else Path(out))


@with_view
def hotspots(
    context: typer.Context,
    item: ItemArgument,
    *,
    by: Annotated[HotspotGroup, typer.Option("--by", case_sensitive=False, help="How to group.")] = HotspotGroup.ITEM,
    first: Annotated[int, typer.Option("--first", min=1, help="How many groups to show.")] = FIRST_DEFAULT,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """Where in the whole upstream an item's carbon is emitted."""
    found = asked_footprint(context, item, asked)
    if output_format is Format.CSV:
        result(csv_text(HOTSPOT_COLUMNS, [hotspot_cells(spot) for spot in found.hotspots(by)[:first]]))
    elif output_format is Format.JSON:
        result(json_text(hotspots_document(found, by=by, first=first)))
    else:
        result("\n\n".join([total_text(found), hotspots_text(found, by=by, first=first), *notes_text(found)]))


def asked_footprint(context: typer.Context, item: str, asked: AskedView) -> Footprint:
    """The footprint of the item that a command names; an unknown one is a call at fault, with uids that are near."""
    graph = viewed_graph(context, asked)
    row = row_of(graph.day.facts, Kind.ITEM, item)
    if row is None:
        raise refuse_call(unknown_item(item, graph.day.facts))
    return footprint(graph, row)


HOTSPOT_COLUMNS = ("key", "label", "kgco2e", "share", "cumulative_share", "primary_data_share")


def hotspot_cells(spot: Hotspot) -> list[Cell]:
    """One hotspot as a row of ``HOTSPOT_COLUMNS``."""
    return [getattr(spot, column) for column in HOTSPOT_COLUMNS]


def unknown_item(uid: str, facts: Facts) -> str:
    """That an item is not recorded, and which uids are near."""
    near = difflib.get_close_matches(uid, facts.items["uid"].to_pylist(), n=NEAR_MATCHES, cutoff=0.5)
    hint = f"; near: {', '.join(near)}" if near else f"; {facts.items.num_rows} items are recorded"
    return f"item {uid!r} is not recorded{hint}"


def _item_cell(graph: ViewedGraph, row: int, column: str) -> str:
    return str(graph.day.facts.items[column][row].as_py())


def total_text(found: Footprint) -> str:
    """The item, its total and the view, in two lines."""
    graph, view = found.graph, found.graph.view
    uid, name, unit = (_item_cell(graph, found.item_row, column) for column in ("uid", "name", "declared_unit"))
    completeness = "" if found.is_complete else ", incomplete"
    # Revision 0 of a store holds no items: here it is a folder's.
    source = f"revision {view.revision.number}" if view.revision.number else "data set folder"
    return (
        f"{safe_text(uid)}: {safe_text(name)}\n"
        f"{number_text(found.total_kgco2e)} kg CO2e per {unit}{completeness} "
        f"({view.boundary.value}, {view.basis.value}, {view.as_of}, {source})"
    )


def hotspots_text(found: Footprint, *, by: HotspotGroup, first: int) -> str:
    """The largest groups, aligned, and a line with what the rest holds."""
    spots = found.hotspots(by)
    if not spots:
        return "no hotspots: nothing is known of what the item emits"
    names = _chinese_names(found.graph.day.facts, by, [spot.key for spot in spots[:first]])
    rows: list[list[Cell]] = [
        [spot.key, spot.label, names.get(spot.key), *_weight_cells(spot.kgco2e, spot.share, spot.cumulative_share)]
        for spot in spots[:first]
    ]
    rest = spots[first:]
    if rest:
        total, kgco2e = found.total_kgco2e, sum(spot.kgco2e for spot in rest)
        share = kgco2e / total if total else None
        rows.append([f"{len(rest)} more", None, None, *_weight_cells(kgco2e, share, rest[-1].cumulative_share)])
    headings = [by.value.lower(), "name", "name_zh", "kg CO2e", "share", "up to here"]
    return _without_empty("name_zh", headings, rows)


def _weight_cells(kgco2e: float, share: float | None, cumulative_share: float | None) -> list[Cell]:
    return [kgco2e, percent_text(share), percent_text(cumulative_share)]


def _chinese_names(facts: Facts, by: HotspotGroup, uids: Sequence[str]) -> Mapping[str, str]:
    """The Chinese names of items, suppliers or regions by uid, where there are any."""
    kind = {HotspotGroup.ITEM: Kind.ITEM, HotspotGroup.SUPPLIER: Kind.SUPPLIER, HotspotGroup.REGION: Kind.REGION}.get(
        by
    )
    if kind is None:
        return {}
    names = facts.tables[kind]["name_zh"]
    return {uid: name for uid, row in rows_by_uid(facts, kind, uids).items() if (name := names[row].as_py())}


def _without_empty(column: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The table, without ``column`` where no row has anything in it."""
    index = headings.index(column)
    if all(not row[index] for row in rows):
        headings = [*headings[:index], *headings[index + 1 :]]
        rows = [[*row[:index], *row[index + 1 :]] for row in rows]
    return text_table(headings, rows)


def gaps_text(found: Footprint) -> str:
    """The upstream items without data, aligned; empty without gaps."""
    gaps = found.gaps()
    if not gaps:
        return ""
    rows = [_gap_cells(found.graph, gap) for gap in gaps]
    headings = ["item", "name", "name_zh", "kind", "amount", "unit", "tier"]
    return "gaps, left out of the total:\n" + _without_empty("name_zh", headings, rows)


def _gap_cells(graph: ViewedGraph, gap: Gap) -> list[Cell]:
    uid, name = (_item_cell(graph, gap.item_row, column) for column in ("uid", "name"))
    name_zh = graph.day.facts.items["name_zh"][gap.item_row].as_py()
    return [uid, name, name_zh, gap.kind.value, gap.amount, gap.unit, gap.tier]


def notes_text(found: Footprint) -> list[str]:
    """Gaps and findings, each as a block; none where there are none."""
    findings = [f"{finding.severity.lower()}: {finding.message} [{finding.code}]" for finding in found.findings()]
    return [block for block in (gaps_text(found), "\n".join(map(safe_text, findings))) if block]


def asked_document(found: Footprint) -> dict[str, object]:
    """The item, the view, and its total with what it is worth, as JSON."""
    graph, view = found.graph, found.graph.view
    return {
        "item": _item_cell(graph, found.item_row, "uid"),
        "declared_unit": _item_cell(graph, found.item_row, "declared_unit"),
        "view": {
            "as_of": view.as_of.isoformat(),
            "revision": view.revision.number or None,
            "basis": view.basis.value,
            "boundary": view.boundary.value,
        },
        "total_kgco2e": found.total_kgco2e,
        "is_complete": found.is_complete,
    }


def hotspots_document(found: Footprint, *, by: HotspotGroup, first: int) -> dict[str, object]:
    """All that the table says, as JSON."""
    return {
        **asked_document(found),
        "by": by.value,
        "hotspots": [
            dict(zip(HOTSPOT_COLUMNS, hotspot_cells(spot), strict=True)) for spot in found.hotspots(by)[:first]
        ],
        "gaps": [_gap_document(found.graph, gap) for gap in found.gaps()],
        "findings": [_finding_document(finding) for finding in found.findings()],
    }


def _gap_document(graph: ViewedGraph, gap: Gap) -> dict[str, object]:
    return {
        "item": _item_cell(graph, gap.item_row, "uid"),
        "kind": gap.kind.value,
        "amount": gap.amount,
        "unit": gap.unit,
        "tier": gap.tier,
    }


def _finding_document(finding: Finding) -> dict[str, object]:
    return dict(zip((field.name for field in fields(finding)), astuple(finding), strict=True))
