"""Judgements: ``grade`` and ``data-requests``."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from graph_service.cli.footprints import asked_document, asked_footprint, total_text
from graph_service.cli.streams import result
from graph_service.cli.tables import Cell, Format, csv_text, json_text, percent_text, safe_text, text_table
from graph_service.cli.views import AskedView, FormatOption, ItemArgument, with_view
from graph_service.service import grades
from graph_service.service.data_requests import FIRST_AT_MOST, DataRequestCandidate, data_request_candidates
from graph_service.service.footprints import Footprint

FIRST_DEFAULT = 20

BENCHMARK_COLUMNS = (
    *("category", "declared_unit", "exemplary_kgco2e", "baseline_kgco2e", "limit_kgco2e"),
    *("valid_from", "source", "is_example"),
)
REQUEST_COLUMNS = ("item", "supplier", "kgco2e", "share", "score", "reason")


@with_view
def grade(
    context: typer.Context,
    item: ItemArgument,
    *,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """An item's grade, A to D, against the benchmark of its category, and why."""
    found = asked_footprint(context, item, asked)
    given = grades.grade(found)
    if output_format is Format.TABLE:
        result("\n\n".join([total_text(found), *_grade_texts(given)]))
    elif output_format is Format.CSV:
        benchmark = _benchmark_document(given)
        if given.benchmark:
            benchmark["is_example"] = "true" if given.benchmark.is_example else "false"
        cells = [item, given.level.value, given.reason, *(benchmark.get(column) for column in BENCHMARK_COLUMNS)]
        result(csv_text(("item", "level", "reason", *BENCHMARK_COLUMNS), [cells]))
    else:
        document = {"level": given.level.value, "reason": given.reason, "benchmark": _benchmark_document(given) or None}
        result(json_text({**asked_document(found), **document}))


@with_view
def data_requests(
    context: typer.Context,
    item: ItemArgument,
    *,
    first: Annotated[
        int, typer.Option("--first", min=1, max=FIRST_AT_MOST, help="How many items to show.")
    ] = FIRST_DEFAULT,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """Whom to ask next: upstream items by what better data about them would be worth."""
    found = asked_footprint(context, item, asked)
    candidates = data_request_candidates(found, first=first)
    if output_format is Format.CSV:
        result(csv_text(REQUEST_COLUMNS, [_request_cells(found, candidate) for candidate in candidates]))
    elif output_format is Format.JSON:
        documents = [
            dict(zip(REQUEST_COLUMNS, _request_cells(found, candidate), strict=True)) for candidate in candidates
        ]
        result(json_text({**asked_document(found), "data_requests": documents}))
    else:
        result("\n\n".join([total_text(found), *_request_texts(found, candidates)]))


def _request_texts(found: Footprint, candidates: Sequence[DataRequestCandidate]) -> list[str]:
    """The candidates, aligned, and whether the item itself is a gap: nobody upstream can fill that."""
    blocks = ["nobody upstream to ask: no gap, and no kilograms from data that lack quality"]
    if candidates:
        rows = [_shown_cells(found, candidate) for candidate in candidates]
        blocks = [text_table(("item", "supplier", "share", "worth", "why"), rows)]
    if any(gap.item_row == found.item_row for gap in found.gaps()[:1]):
        blocks.append("the item itself is a gap: its own supplier is the first to ask")
    return blocks


def _grade_texts(given: grades.Grade) -> list[str]:
    """The level with its reason, and the three values of the benchmark."""
    blocks = [safe_text(f"{given.level.value}: {given.reason}")]
    if given.benchmark:
        benchmark = given.benchmark
        values: list[list[Cell]] = [
            ["A", "exemplary", benchmark.exemplary_kgco2e],
            ["B", "baseline", benchmark.baseline_kgco2e],
            ["C", "limit", benchmark.limit_kgco2e],
        ]
        blocks.append(text_table(("grade", "up to the", f"kg CO2e per {benchmark.declared_unit}"), values))
    return blocks


def _benchmark_document(given: grades.Grade) -> dict[str, Cell]:
    if given.benchmark is None:
        return {}
    values = asdict(given.benchmark)
    values["valid_from"] = given.benchmark.valid_from.isoformat() if given.benchmark.valid_from else None
    return {column: values[column] for column in BENCHMARK_COLUMNS}


def _uid(found: Footprint, item_row: int) -> str:
    return str(found.graph.day.facts.items["uid"][item_row].as_py())


def _request_cells(found: Footprint, candidate: DataRequestCandidate) -> list[Cell]:
    """One candidate as a row of ``REQUEST_COLUMNS``."""
    given = (candidate.kgco2e, candidate.share, candidate.score, candidate.reason)
    return [_uid(found, candidate.item_row), candidate.supplier_uid, *given]


def _shown_cells(found: Footprint, candidate: DataRequestCandidate) -> list[Cell]:
    uid, share = _uid(found, candidate.item_row), percent_text(candidate.share)
    return [uid, candidate.supplier_uid, share, candidate.score, candidate.reason]
