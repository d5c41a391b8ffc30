"""Choices: ``chains``."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.faults import DATA_AT_FAULT
from graph_service.cli.footprints import asked_footprint, total_text
from graph_service.cli.streams import result, say, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, percent_text, safe_text, text_table
from graph_service.cli.views import AskedView, FormatOption, ItemArgument, with_view
from graph_service.model.facts import Facts
from graph_service.model.vocabulary import GradeLevel, Kind
from graph_service.service.chain_constraints import MOST_POINTS, ChainConstraints
from graph_service.service.chains import Chain, ChainChoice, LowCarbonChains, low_carbon_chains
from graph_service.service.footprints import Footprint
from graph_service.service.records import supply_records

POINTS_DEFAULT = 12
_UNCHANGED = 1e-12
_CHUNK = 1000
CHOICE_COLUMNS = ("supply", "input", "output", "line", "current_share", "share", "saving_kgco2e")


@with_view
def chains(
    context: typer.Context,
    item: ItemArgument,
    *,
    max_unit_cost: Annotated[
        float | None,
        typer.Option("--max-unit-cost", metavar="X", help="Most that sourcing may cost per declared unit."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="C", help="In which costs are compared, e.g. CNY.")
    ] = None,
    demand_per_year: Annotated[
        float | None,
        typer.Option("--demand-per-year", metavar="D", help="Declared units per year; with it capacities count."),
    ] = None,
    min_primary_share: Annotated[
        float | None, typer.Option("--min-primary-share", metavar="S", help="Least share of primary data, 0 to 1.")
    ] = None,
    min_verified_share: Annotated[
        float | None, typer.Option("--min-verified-share", metavar="S", help="Least share of verified data, 0 to 1.")
    ] = None,
    exclude_supplier: Annotated[
        list[str] | None, typer.Option("--exclude-supplier", metavar="UID", help="Nothing made by it; may be repeated.")
    ] = None,
    exclude_region: Annotated[
        list[str] | None,
        typer.Option("--exclude-region", metavar="CODE", help="Nothing made in it or within it; may be repeated."),
    ] = None,
    worst_grade: Annotated[
        GradeLevel | None,
        typer.Option("--worst-grade", case_sensitive=False, help="Least grade of an alternative's item."),
    ] = None,
    single_source: Annotated[bool, typer.Option("--single-source", help="One supplier per line, no mix.")] = False,
    points: Annotated[
        int, typer.Option("--points", min=0, max=MOST_POINTS, help="Points of the front of cost and carbon, at most.")
    ] = POINTS_DEFAULT,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """The feasible way to source everything upstream with the least carbon, beside today's."""
    found = asked_footprint(context, item, asked)
    constraints = ChainConstraints(
        max_unit_cost=max_unit_cost,
        currency=currency,
        demand_per_year=demand_per_year,
        min_primary_data_share=min_primary_share,
        min_verified_share=min_verified_share,
        exclude_supplier_uids=exclude_supplier or (),
        exclude_region_uids=exclude_region or (),
        is_single_source=single_source,
        worst_grade=worst_grade,
    )
    with working("choosing suppliers"), _only_results():
        answer = low_carbon_chains(found.graph, found.item_row, constraints, pareto_points=points)
    _print_chains(found, answer, output_format)
    if answer.infeasible_because is not None:
        say(f"error: no chain is feasible: {safe_text(answer.infeasible_because)}")
        raise typer.Exit(DATA_AT_FAULT)


def _print_chains(found: Footprint, answer: LowCarbonChains, output_format: Format) -> None:
    facts = found.graph.day.facts
    if output_format is Format.CSV:
        result(csv_text(CHOICE_COLUMNS, [] if answer.best is None else _choice_cells(facts, answer.best.choices)))
    elif output_format is Format.JSON:
        result(json_text(chains_document(found, answer)))
    else:
        result("\n\n".join([total_text(found), *chains_texts(facts, answer)]))


@contextmanager
def _only_results() -> Iterator[None]:
    """Keep off standard output what HiGHS prints there on some mixed-integer programs, whatever it is asked."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def chains_texts(facts: Facts, answer: LowCarbonChains) -> list[str]:
    """Today beside the best, what changes and what that saves, the front, and what could not be chosen."""
    blocks = [_compared(answer)]
    if answer.best is not None:
        blocks.append(_changes_text(facts, answer.best))
    if answer.pareto and answer.current.currency is not None:
        rows = [_point_cells(point) for point in answer.pareto]
        heading = "least carbon for each cost, from cheapest to cleanest:"
        blocks.append(f"{heading}\n{text_table([f'cost in {answer.current.currency}', 'kg CO2e'], rows)}")
    if answer.not_candidates:
        supplies = supply_records(facts, [one.supply_row for one in answer.not_candidates])
        reasons = [[supply.uid, one.reason] for supply, one in zip(supplies, answer.not_candidates, strict=True)]
        blocks.append(f"no candidates:\n{text_table(['supply', 'why'], reasons)}")
    if answer.fixed_supply_rows:
        uids = [supply.uid for supply in supply_records(facts, answer.fixed_supply_rows)]
        listed = "\n".join(map(safe_text, uids))
        blocks.append(
            f"kept as they are, a negative amount being in their line, beside it or between it and the item:\n{listed}"
        )
    return blocks


def _compared(answer: LowCarbonChains) -> str:
    today = answer.current
    rows = [_chain_cells("today", today, today)]
    if answer.best is not None:
        rows.append(_chain_cells("best", answer.best, today))
    cost = "cost" if today.currency is None else f"cost in {today.currency}"
    columns = ["chain", "kg CO2e", "saves", cost, "primary", "verified", "data"]
    kept = [at for at in range(len(columns)) if any(row[at] is not None for row in rows)]
    table = text_table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows])
    best = answer.best
    if best is None or best.lower_bound_kgco2e == best.total_kgco2e:
        return table
    return f"{table}\nnot proven to be the least: no chain is below {best.lower_bound_kgco2e:.6g} kg CO2e"


def _chain_cells(name: str, chain: Chain, today: Chain) -> list[Cell]:
    saves = None if chain is today else today.total_kgco2e - chain.total_kgco2e
    shares = [percent_text(chain.primary_data_share), percent_text(chain.verified_share)]
    return [name, chain.total_kgco2e, saves, chain.unit_cost, *shares, "complete" if chain.is_complete else "gaps"]


def _changes_text(facts: Facts, best: Chain) -> str:
    """The lines that change, each with what it saves; a sentence where none does."""
    choices = _changed(facts, best.choices)
    if not choices:
        return "nothing changes: today's chain is the best"
    savings: dict[tuple[str, str], float] = {}
    cells = _choice_cells(facts, choices)
    for cell, choice in zip(cells, choices, strict=True):
        place = str(cell[2]), str(cell[3])
        savings[place] = savings.get(place, 0.0) + choice.saving_kgco2e
    rows: list[list[Cell]] = []
    for _, input_uid, output, line, current, share, _ in cells:
        place = str(output), str(line)
        saves = savings.pop(place, None)
        name = [output, line] if saves is not None else [None, None]
        rows.append([*name, input_uid, _percent(current), _percent(share), saves])
    heading = "what changes, and the kg CO2e that each line saves:"
    return f"{heading}\n{text_table(['of item', 'line', 'input', 'today', 'best', 'saves'], rows)}"


def _changed(facts: Facts, choices: Sequence[ChainChoice]) -> Sequence[ChainChoice]:
    """The choices in lines that change: these come first."""
    found: list[ChainChoice] = []
    for start in range(0, len(choices), _CHUNK):
        some = choices[start : start + _CHUNK]
        changed = [one for one in some if abs(one.share - one.current_share) > _UNCHANGED]
        if not changed:
            break
        found += some
    records = supply_records(facts, [choice.supply_row for choice in found])
    lines = [(record.output_row, record.line) for record in records]
    moved = {line for line, one in zip(lines, found, strict=True) if abs(one.share - one.current_share) > _UNCHANGED}
    return [one for line, one in zip(lines, found, strict=True) if line in moved]


def _percent(cell: Cell) -> str:
    return percent_text(float(cell)) if isinstance(cell, float) else ""


def _point_cells(point: Chain) -> list[Cell]:
    return [point.unit_cost, point.total_kgco2e]


def _choice_cells(facts: Facts, choices: Sequence[ChainChoice]) -> list[list[Cell]]:
    """Each choice as a row of ``CHOICE_COLUMNS``."""
    uids = facts.items["uid"]
    records = supply_records(facts, [choice.supply_row for choice in choices])
    rows: list[list[Cell]] = []
    for record, choice in zip(records, choices, strict=True):
        names = [record.uid, str(uids[record.input_row]), str(uids[record.output_row]), record.line]
        rows.append([*names, choice.current_share, choice.share, choice.saving_kgco2e])
    return rows


def chains_document(found: Footprint, answer: LowCarbonChains) -> dict[str, object]:
    """All that the table says, and every choice of every chain, as JSON."""
    graph, view = found.graph, found.graph.view
    facts = graph.day.facts
    uids = facts.tables[Kind.SUPPLY]["uid"]
    return {
        "item": str(facts.items["uid"][found.item_row]),
        "declared_unit": str(facts.items["declared_unit"][found.item_row]),
        "view": {
            "as_of": view.as_of.isoformat(),
            "revision": view.revision.number or None,
            "basis": view.basis.value,
            "boundary": view.boundary.value,
        },
        "current": _chain_document(facts, answer.current),
        "best": None if answer.best is None else _chain_document(facts, answer.best),
        "pareto": [_chain_document(facts, point) for point in answer.pareto],
        "not_candidates": [
            {"supply": str(uids[one.supply_row]), "reason": one.reason} for one in answer.not_candidates
        ],
        "fixed_lines": [str(uids[row]) for row in answer.fixed_supply_rows],
        "infeasible_because": answer.infeasible_because,
    }


def _chain_document(facts: Facts, chain: Chain) -> dict[str, object]:
    choices = [dict(zip(CHOICE_COLUMNS, cells, strict=True)) for cells in _choice_cells(facts, chain.choices)]
    return {
        "total_kgco2e": chain.total_kgco2e,
        "is_complete": chain.is_complete,
        "unit_cost": chain.unit_cost,
        "currency": chain.currency,
        "primary_data_share": chain.primary_data_share,
        "verified_share": chain.verified_share,
        "lower_bound_kgco2e": chain.lower_bound_kgco2e,
        "choices": choices,
    }
