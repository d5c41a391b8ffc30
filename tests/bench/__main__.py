"""Runs every bench, ``python -m tests.bench [--quick] [--only engine,store]``, and collects what they measured.

A bench is a module ``tests/bench/bench_NAME.py`` that runs by itself, prints its table, knows ``--quick`` and may
write ``build/bench/NAME.json``: a list of flat rows, or an object that holds such lists. Each runs in a process of its
own, one after the other, so that one's memory is not another's. Afterwards all rows stand in tables and, with the
machine they were measured on, in ``build/bench/results.json``. Rows with a column ``target`` (beside it ``wanted``,
``measured``, ``is_met``) come last, in one table of all benches. Exit 1 when a bench failed; figures pass no judgement.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "bench"
PREFIX = "bench_"
NAMED_PACKAGES = ("numpy", "scipy", "networkx", "pyarrow", "neo4j", "fastapi", "strawberry-graphql")

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One bench that ran: how long in all, its exit status, and its rows by the name of their table."""

    name: str
    wall_s: float
    status: int
    tables: dict[str, list[Row]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches asked for, print their rows, write the results; 1 when one of them failed."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed and memory tables.")
    parser.add_argument("--quick", action="store_true", help="small graphs, a minute or two in all")
    parser.add_argument(
        "--only", default=",".join(known), help=f"names, separated by commas; known: {', '.join(known)}"
    )
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        parser.error(f"no bench is named {unknown}; known: {', '.join(known)}" if unknown else "no bench found")
    OUT.mkdir(parents=True, exist_ok=True)
    outcomes = [run_bench(name, is_quick=options.quick) for name in names]
    results = {"machine": machine(), "is_quick": options.quick, "benches": [asdict(outcome) for outcome in outcomes]}
    (OUT / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print_outcomes(outcomes)
    return 1 if any(outcome.status for outcome in outcomes) else 0


def run_bench(name: str, *, is_quick: bool) -> Outcome:
    """Run one bench in its own process; its output goes straight to the terminal."""
    written = OUT / f"{name}.json"
    written.unlink(missing_ok=True)  # rows of an earlier run would pass for this one's
    command = [sys.executable, "-m", f"tests.bench.{PREFIX}{name}", *(["--quick"] if is_quick else [])]
    print(f"== {name}", flush=True)
    start = time.perf_counter()
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    wall_s = time.perf_counter() - start
    tables = dict(tables_of(json.loads(written.read_text(encoding="utf-8")), name)) if written.exists() else {}
    return Outcome(name, round(wall_s, 1), status, tables)


def tables_of(document: object, name: str) -> Iterator[tuple[str, list[Row]]]:
    """Every list of rows within a bench's JSON, with the path to it as its name."""
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        yield name, document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from tables_of(value, f"{name} {key}")


def machine() -> Row:
    """What the figures were measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in NAMED_PACKAGES},
    }


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """All rows, one table per list, then what ran for how long."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    targets: list[Row] = []
    for outcome in outcomes:
        for title, rows in outcome.tables.items():
            if "target" in rows[0]:
                targets += [{"bench": outcome.name, **row} for row in rows]
            else:
                console.print(table_of(title, rows))
    if targets:
        console.print(table_of("targets", targets))
    table = Table("bench", "wall s", "status", title="benches", title_justify="left")
    for outcome in outcomes:
        table.add_row(outcome.name, cell(outcome.wall_s), "ok" if outcome.status == 0 else f"failed: {outcome.status}")
    console.print(table)
    console.print(f"written: {(OUT / 'results.json').relative_to(ROOT)}")


def table_of(title: str, rows: Sequence[Row]) -> Table:
    """The rows as a table; a column for whatever any of them has."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(cell(row.get(column)) for column in columns))
    return table


def cell(value: object) -> str:
    """A value as a table shows it; what was not measured is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
