"""What if: ``scenario``."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from graph_service.cli.faults import refuse_call
from graph_service.cli.footprints import unknown_item
from graph_service.cli.streams import result, say, working
from graph_service.cli.tables import Cell, Format, csv_text, json_text, percent_text, text_table
from graph_service.cli.views import AskedView, FormatOption, viewed_graph, with_view
from graph_service.errors import InvalidInput
from graph_service.service.scenario import ScenarioOutcome
from graph_service.service.scenario import scenario as outcomes_of
from graph_service.service.scenario_changes import DirectChange, FactorChange, ScenarioChanges, SupplyChange
from graph_service.service.snapshots import ViewedGraph

OUTCOME_COLUMNS = ("item", "name", "declared_unit", "before_kgco2e", "after_kgco2e", "difference_kgco2e")
_SUPPLY = re.compile(r"(?P<uid>.+):(?P<parts>(?:amount|share)=[^=,:]*(?:,(?:amount|share)=[^=,:]*)?)", re.DOTALL)

Change = TypeVar("Change")


@with_view
def scenario(
    context: typer.Context,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="The items to answer for, by uid.")],
    *,
    direct: Annotated[
        list[str] | None,
        typer.Option("--direct", metavar="ITEM=KG", help="Set an item's direct kg CO2e, or scale it: ITEM=x0.5."),
    ] = None,
    supply: Annotated[
        list[str] | None,
        typer.Option(
            "--supply", metavar="UID:amount=N,share=N", help="Set a supply's amount, its share of its line, or both."
        ),
    ] = None,
    factor: Annotated[
        list[str] | None, typer.Option("--factor", metavar="UID=KG", help="Set a factor's kg CO2e per its unit.")
    ] = None,
    changes: Annotated[
        Path | None,
        typer.Option("--changes", metavar="FILE", help="Read the changes from JSON in the form of ScenarioInput."),
    ] = None,
    output_format: FormatOption = Format.TABLE,
    asked: AskedView,
) -> None:
    """Footprints if direct emissions, supplies or factors were otherwise; nothing is stored."""
    if changes is not None and (direct or supply or factor):
        raise refuse_call("give the changes either in a file, --changes, or as options")
    otherwise = read_changes(changes) if changes else parse_changes(direct or [], supply or [], factor or [])
    graph = viewed_graph(context, asked)
    outcomes = _outcomes(graph, otherwise, items)
    if output_format is Format.CSV:
        result(csv_text(OUTCOME_COLUMNS, [outcome_cells(graph, outcome) for outcome in outcomes]))
    elif output_format is Format.JSON:
        result(json_text(outcomes_document(graph, outcomes)))
    else:
        result(outcomes_text(graph, outcomes))


def _outcomes(graph: ViewedGraph, changes: ScenarioChanges, uids: Sequence[str]) -> list[ScenarioOutcome]:
    with working("rolling up"):
        try:
            outcomes = outcomes_of(graph, changes, uids)
        except InvalidInput as error:
            # The call names these places, not the data: exit status 2.
            for finding in error.findings:
                say(f"{finding.path}: {finding.message}")
            raise refuse_call(error.message if not error.findings else "the changes are at fault") from error
    for uid, outcome in zip(uids, outcomes, strict=True):
        if outcome is None:
            raise refuse_call(unknown_item(uid, graph.day.facts))
    return [outcome for outcome in outcomes if outcome is not None]


def parse_changes(direct: Sequence[str], supply: Sequence[str], factor: Sequence[str]) -> ScenarioChanges:
    """The changes that options name; refuses what cannot be read as a call at fault."""
    return ScenarioChanges(
        direct=[_parse_direct(text) for text in direct],
        supplies=[_parse_supply(text) for text in supply],
        factors=[
            FactorChange(uid, number)
            for uid, number in (_parse_pair(text, option="--factor", form="UID=KG") for text in factor)
        ],
    )


def _parse_direct(text: str) -> DirectChange:
    uid, _, value = text.rpartition("=")
    form = "ITEM=KG or ITEM=xFACTOR, e.g. cell=1.5 or cell=x0.5"
    if value.startswith("x"):
        uid, factor = _parse_pair(f"{uid}={value[1:]}", option="--direct", form=form)
        return DirectChange(uid, factor=factor)
    uid, kgco2e = _parse_pair(text, option="--direct", form=form)
    return DirectChange(uid, set_kgco2e=kgco2e)


def _parse_supply(text: str) -> SupplyChange:
    form = "UID:amount=N, UID:share=N or UID:amount=N,share=N"
    match = _SUPPLY.fullmatch(text)
    if match is None:
        raise refuse_call(f"--supply {text!r} cannot be read; write {form}")
    pairs = [_parse_pair(part, option="--supply", form=form) for part in match["parts"].split(",")]
    numbers = dict(pairs)
    if len(numbers) < len(pairs):
        raise refuse_call(f"--supply {text!r} says {pairs[0][0]} twice; write {form}")
    return SupplyChange(match["uid"], amount=numbers.get("amount"), share=numbers.get("share"))


def _parse_pair(text: str, *, option: str, form: str) -> tuple[str, float]:
    """What stands before the last equals sign, and the number behind it."""
    uid, _, value = text.rpartition("=")
    try:
        if uid:
            return uid, float(value)
    except ValueError:
        pass
    raise refuse_call(f"{option} {text!r} cannot be read; write {form}")


def read_changes(path: Path) -> ScenarioChanges:
    """The changes of a JSON file in the form of ScenarioInput; refuses anything else, naming the place."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse_call(f"--changes {path}: {error}") from error
    lists = _members(document, "changes", ("direct", "supplies", "factors"))
    return ScenarioChanges(
        direct=_each(
            lists,
            "direct",
            ("item", "factor", "setKgCO2e"),
            lambda row: DirectChange(row.text("item"), row.number("factor"), row.number("setKgCO2e")),
        ),
        supplies=_each(
            lists,
            "supplies",
            ("supply", "amount", "share"),
            lambda row: SupplyChange(row.text("supply"), row.number("amount"), row.number("share")),
        ),
        factors=_each(
            lists, "factors", ("factor", "kgCO2e"), lambda row: FactorChange(row.text("factor"), row.required("kgCO2e"))
        ),
    )


class _Row:
    """One object of a list of changes."""

    def __init__(self, members: Mapping[str, object], path: str) -> None:
        self._members = members
        self._path = path

    def text(self, name: str) -> str:
        value = self._members.get(name)
        if not isinstance(value, str):
            raise refuse_call(f"--changes: {self._path}.{name} is {value!r}; a uid in quotes was meant")
        return value

    def number(self, name: str) -> float | None:
        value = self._members.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse_call(f"--changes: {self._path}.{name} is {value!r}; a number was meant")
        return float(value)

    def required(self, name: str) -> float:
        value = self.number(name)
        if value is None:
            raise refuse_call(f"--changes: {self._path}.{name} is not given")
        return value


def _each(
    lists: Mapping[str, object], name: str, members: Sequence[str], build: Callable[[_Row], Change]
) -> list[Change]:
    rows = lists.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise refuse_call(f"--changes: changes.{name} is no list")
    paths = [f"changes.{name}[{index}]" for index in range(len(rows))]
    return [build(_Row(_members(row, path, members), path)) for row, path in zip(rows, paths, strict=True)]


def _members(value: object, path: str, known: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise refuse_call(f"--changes: {path} is no object with {', '.join(known)}")
    unknown = [name for name in value if name not in known]
    if unknown:
        raise refuse_call(f"--changes: {path} has no member {unknown[0]!r}; known: {', '.join(known)}")
    return value


def outcome_cells(graph: ViewedGraph, outcome: ScenarioOutcome) -> list[Cell]:
    """One outcome as a row of ``OUTCOME_COLUMNS``."""
    items = graph.day.facts.items
    uid, name, unit = (items[column][outcome.item_row].as_py() for column in ("uid", "name", "declared_unit"))
    return [uid, name, unit, outcome.before_kgco2e, outcome.after_kgco2e, outcome.difference_kgco2e]


def outcomes_text(graph: ViewedGraph, outcomes: Sequence[ScenarioOutcome]) -> str:
    """The outcomes, aligned; empty where a total is unknown."""
    rows: list[list[Cell]] = []
    for outcome in outcomes:
        uid, name, unit, *numbers = outcome_cells(graph, outcome)
        before, difference = outcome.before_kgco2e, outcome.difference_kgco2e
        relative = difference / abs(before) if before and difference is not None else None
        rows.append([uid, name, *numbers, percent_text(relative), f"kg CO2e per {unit}"])
    table = text_table(["item", "name", "before", "after", "difference", "relative", "unit"], rows)
    is_unknown = any(outcome.before_kgco2e is None or outcome.after_kgco2e is None for outcome in outcomes)
    return f"{table}\n\nempty: unknown" if is_unknown else table


def outcomes_document(graph: ViewedGraph, outcomes: Sequence[ScenarioOutcome]) -> dict[str, object]:
    """All that the table says, as JSON."""
    view = graph.view
    return {
        "view": {
            "as_of": view.as_of.isoformat(),
            "revision": view.revision.number or None,
            "basis": view.basis.value,
            "boundary": view.boundary.value,
        },
        "outcomes": [dict(zip(OUTCOME_COLUMNS, outcome_cells(graph, outcome), strict=True)) for outcome in outcomes],
    }
