"""Why a total is what it is: ``paths``, ``sensitivities`` and ``uncertainty``."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from graph_service.cli.footprints import asked_document, asked_footprint, total_text
from graph_service.cli.streams import result, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, number_text, percent_text, safe_text, text_table
from graph_service.cli.views import AskedView, FormatOption, ItemArgument, with_view
from graph_service.model.vocabulary import Kind
from graph_service.service.footprints import Footprint
from graph_service.service.paths import MOST_PATHS, SupplyPath, SupplyPaths, supply_paths
from graph_service.service.sensitivities import Sensitivity
from graph_service.service.sensitivities import sensitivities as all_sensitivities
from graph_service.service.uncertainty import MOST_SAMPLES, Sampled, Uncertainty, monte_carlo
from graph_service.service.uncertainty import uncertainty as first_order

PATH_COLUMNS = ("path", "step", "item", "kgco2e", "share")
SENSITIVITY_COLUMNS = ("kind", "uid", "input", "output", "derivative", "elasticity")
UNCERTAINTY_COLUMNS = ("way", "level", "low_kgco2e", "high_kgco2e", "coefficient_of_variation")


@with_view
def paths(
    context: typer.Context,
    item: ItemArgument,
    *,
    first: Annotated[int, typer.Option("--first", min=1, max=MOST_PATHS, help="How many paths to show.")] = 20,
    min_share: Annotated[
        float, typer.Option("--min-share", min=0, max=1, help="The least share of the total that a path carries.")
    ] = 0.0,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """The supply paths that carry the most into an item's total."""
    found = asked_footprint(context, item, asked)
    listed = supply_paths(found, first=first, min_share=min_share)
    if output_format is Format.CSV:
        result(csv_text(PATH_COLUMNS, list(path_rows(found, listed))))
    elif output_format is Format.JSON:
        result(json_text(paths_document(found, listed)))
    else:
        result("\n\n".join([total_text(found), paths_text(found, listed)]))


def path_rows(found: Footprint, listed: SupplyPaths) -> Iterator[list[Cell]]:
    """A row of ``PATH_COLUMNS`` per item of each path, both counted from 1: a uid may hold any sign to join them by."""
    for number, path in enumerate(listed.paths, start=1):
        for step, uid in enumerate(_path_uids(found, path), start=1):
            yield [number, step, uid, path.kgco2e, path.share]


def paths_text(found: Footprint, listed: SupplyPaths) -> str:
    """The paths, aligned, each from the emitting item on, and what all others carry."""
    if not listed.paths:
        return "no paths: nothing upstream is known to carry that much"
    rows: list[list[Cell]] = [
        [path.kgco2e, percent_text(path.share), " → ".join(_path_uids(found, path))] for path in listed.paths
    ]
    open_share = listed.open_kgco2e / found.total_kgco2e if found.total_kgco2e else None
    rows.append([listed.open_kgco2e, percent_text(open_share), "all other paths"])
    return text_table(["kg CO2e", "share", "path, emitting item first"], rows)


def paths_document(found: Footprint, listed: SupplyPaths) -> dict[str, object]:
    """All that the table says, as JSON."""
    return {
        **asked_document(found),
        "paths": [
            {"items": _path_uids(found, path), "kgco2e": path.kgco2e, "share": path.share} for path in listed.paths
        ],
        "covered_kgco2e": listed.covered_kgco2e,
        "open_kgco2e": listed.open_kgco2e,
    }


@with_view
def sensitivities(
    context: typer.Context,
    item: ItemArgument,
    *,
    first: Annotated[int, typer.Option("--first", min=1, help="How many parameters to show.")] = 10,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """Which direct emission and which supply amount moves an item's total the most."""
    found = asked_footprint(context, item, asked)
    listed = all_sensitivities(found)
    rows = [_sensitivity_cells(found, one) for one in listed[:first]]
    if output_format is Format.CSV:
        result(csv_text(SENSITIVITY_COLUMNS, rows))
    elif output_format is Format.JSON:
        document = {
            **asked_document(found),
            "count": len(listed),
            "sensitivities": [dict(zip(SENSITIVITY_COLUMNS, row, strict=True)) for row in rows],
        }
        result(json_text(document))
    else:
        result("\n\n".join([total_text(found), sensitivities_text(rows, count=len(listed))]))


def sensitivities_text(rows: Sequence[Sequence[Cell]], *, count: int) -> str:
    """The largest, aligned, and how many there are in all."""
    if not rows:
        return "no sensitivities: nothing is known of what the item emits"
    shown: list[list[Cell]] = [
        [kind, uid if kind == "direct" else f"{source} → {output}", derivative, elasticity]
        for kind, uid, source, output, derivative, elasticity in rows
    ]
    more = f"\n{count - len(rows)} more" if count > len(rows) else ""
    return text_table(["of", "item or supply", "kg CO2e per unit", "elasticity"], shown) + more


def _sensitivity_cells(found: Footprint, one: Sensitivity) -> list[Cell]:
    """One sensitivity as a row of ``SENSITIVITY_COLUMNS``."""
    if one.item_row is not None:
        return ["direct", _uid(found, Kind.ITEM, one.item_row), None, None, one.derivative, one.elasticity]
    table, row = found.graph.day.facts.tables[Kind.SUPPLY], one.supply_row
    ends = [_uid(found, Kind.ITEM, table[column][row].as_py()) for column in ("input_row", "output_row")]
    return ["amount", table["uid"][row].as_py(), *ends, one.derivative, one.elasticity]


@with_view
def uncertainty(
    context: typer.Context,
    item: ItemArgument,
    *,
    level: Annotated[float, typer.Option("--level", help="Probability that the total lies within, 0 to 1.")] = 0.95,
    samples: Annotated[
        int | None,
        typer.Option("--monte-carlo", metavar="N", min=1, max=MOST_SAMPLES, help="Check it with so many samples."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where the samples start: the same seed, the same.")] = 0,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """How far an item's total may lie off, from the spreads recorded upstream."""
    found = asked_footprint(context, item, asked)
    interval = first_order(found, level=level)
    sampled = None
    if samples is not None and interval is not None:
        with working("drawing samples"):
            sampled = monte_carlo(found, level=level, count=samples, seed=seed)
    if output_format is Format.CSV:
        result(csv_text(UNCERTAINTY_COLUMNS, interval_rows(interval, sampled)))
    elif output_format is Format.JSON:
        document = {
            **asked_document(found),
            "uncertainty": None if interval is None else asdict(interval),
            "monte_carlo": None if sampled is None else {"seed": seed, **asdict(sampled)},
        }
        result(json_text(document))
    else:
        result("\n\n".join([total_text(found), *uncertainty_text(interval, sampled)]))


def interval_rows(interval: Uncertainty | None, sampled: Sampled | None) -> list[list[Cell]]:
    """Both intervals as rows of ``UNCERTAINTY_COLUMNS``; none where no spread is recorded."""
    if interval is None:
        return []
    level = interval.level
    rows: list[list[Cell]] = [
        ["first order", level, interval.low_kgco2e, interval.high_kgco2e, interval.coefficient_of_variation]
    ]
    if sampled is not None:
        rows.append(["samples", level, sampled.low_kgco2e, sampled.high_kgco2e, sampled.coefficient_of_variation])
    return rows


def uncertainty_text(interval: Uncertainty | None, sampled: Sampled | None) -> list[str]:
    """The intervals and how they were made, in blocks."""
    if interval is None:
        return ["no interval: nothing upstream has a geometric standard deviation (gsd), or the total is unknown"]
    rows: list[list[Cell]] = [
        [way, low, high, percent_text(variation if isinstance(variation, float) else None)]
        for way, _, low, high, variation in interval_rows(interval, sampled)
    ]
    lines = [safe_text(interval.method)]
    if interval.declared_share:
        lines.append(f"declared totals, which count as certain, make {percent_text(interval.declared_share)} of it")
    if sampled is not None:
        lines.append(sampled_text(sampled))
    headings = [f"{100 * interval.level:g} % interval", "low kg CO2e", "high kg CO2e", "variation"]
    return [text_table(headings, rows), "\n".join(lines)]


def sampled_text(sampled: Sampled) -> str:
    """How many samples there were, their median, and how many of them could not be solved."""
    unsolvable = (
        f"; {sampled.unsolvable_count} of them have no total, as a loop takes one unit or more of itself: "
        "the figures are of the others"
        if sampled.unsolvable_count
        else ""
    )
    return f"{sampled.count} samples, median {number_text(sampled.median_kgco2e)} kg CO2e{unsolvable}"


def _path_uids(found: Footprint, path: SupplyPath) -> list[str]:
    return [_uid(found, Kind.ITEM, row) for row in path.item_rows]


def _uid(found: Footprint, kind: Kind, row: int) -> str:
    return str(found.graph.day.facts.tables[kind]["uid"][row].as_py())
