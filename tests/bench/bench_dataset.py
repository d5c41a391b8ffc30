"""How fast a data set of many supplies is read and written, and with how much memory.

``python -m tests.bench.bench_dataset --rows 1000000``. Each step runs in a process of its own, so that its peak memory
is its own; ``--quoted`` puts texts in quotes, ``--folder`` keeps the data set, ``--quick`` takes 100,000 rows.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph_service.exchange.dataset import read_folder, write_folder
from graph_service.model.facts import Facts, to_facts
from graph_service.model.tables import BATCH_SCHEMAS, FACT_SCHEMAS
from graph_service.model.vocabulary import Kind

SUPPLIES_PER_ITEM = 4


def generate(folder: Path, row_count: int, *, is_quoted: bool) -> None:
    """A data set with so many supplies, four for each item, most columns filled."""
    random = np.random.default_rng(20250401)
    quote = '"' if is_quoted else ""
    item_count = max(row_count // SUPPLIES_PER_ITEM, 1)
    with (folder / "items.csv").open("w", encoding="utf-8") as stream:
        stream.write("item,name,declared_unit,kind\n")
        stream.writelines(f"item-{row:07},{quote}零件 {row}{quote},kg,COMPONENT\n" for row in range(item_count))
    inputs = random.integers(0, item_count, row_count).tolist()
    amounts = random.lognormal(0, 1, row_count).tolist()
    with (folder / "supplies.csv").open("w", encoding="utf-8") as stream:
        stream.write("supply,input,output,amount,unit,line,share,stage,unit_cost,currency,gsd,valid_from\n")
        stream.writelines(
            f"supply-{row:08},item-{inputs[row]:07},{quote}item-{row % item_count:07}{quote},{amounts[row]!r},kg,,1,"
            f"RAW_MATERIAL,{row % 97}.25,CNY,1.{row % 9}1,2025-01-01\n"
            for row in range(row_count)
        )


def read(folder: Path) -> int:
    data = read_folder(folder)
    if data.batch.faults:
        sys.exit("\n".join(data.locate(fault) for fault in data.batch.faults[:10]))
    return sum(table.num_rows for table in data.batch.tables.values())


def write_from(folder: Path) -> int:
    """Read, then write the same rows to a folder below; what counts is the time over that of ``read``."""
    tables = read_folder(folder).batch.tables
    items = tables[Kind.ITEM]["uid"]
    facts = {kind: FACT_SCHEMAS[kind].empty_table() for kind in Kind}
    for kind in (Kind.ITEM, Kind.SUPPLY):
        facts[kind] = to_facts(kind, tables[kind].cast(BATCH_SCHEMAS[kind]), items, revision=1)
    del tables
    write_folder(folder / "written", Facts(facts))
    return sum(table.num_rows for table in facts.values())


def _measure(step: Callable[[Path], int], folder: Path, answers: "multiprocessing.Queue[tuple[float, ...]]") -> None:
    pa.set_cpu_count(2)
    idle_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, started_cpu = time.perf_counter(), time.process_time()
    rows = step(folder)
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    answers.put((rows, wall_s, cpu_s, idle_kib / 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure(name: str, step: Callable[[Path], int], folder: Path) -> dict[str, object]:
    """One line of the table, printed."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_measure, args=(step, folder, answers))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)
    rows, wall_s, cpu_s, idle_mib, peak_mib = answers.get()
    print(
        f"{name:8} {rows:>10,.0f} {wall_s:>8.2f} {cpu_s:>8.2f} {rows / cpu_s:>12,.0f} {idle_mib:>9.0f} {peak_mib:>9.0f}"
    )
    return {"step": name, "rows": rows, "wall_s": wall_s, "cpu_s": cpu_s, "idle_mib": idle_mib, "peak_mib": peak_mib}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--quoted", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    row_count = 100_000 if options.quick else options.rows
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        generate(folder, row_count, is_quoted=options.quoted)
        megabytes = sum(path.stat().st_size for path in folder.glob("*.csv")) / 1e6
        print(f"{row_count:,} supplies, {megabytes:.0f} MB of CSV")
        print(f"{'step':8} {'rows':>10} {'wall s':>8} {'CPU s':>8} {'rows/CPU s':>12} {'idle MiB':>9} {'peak MiB':>9}")
        rows = [measure("read", read, folder), measure("+ write", write_from, folder)]
    out = Path(__file__).parents[2] / "build" / "bench" / "dataset.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
