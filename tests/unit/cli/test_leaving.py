"""Commands as processes: what they leave behind where a store, a reader or the user's patience is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from graph_service.cli.streams import INTERRUPTED, READER_GONE
from tests.unit.cli.conftest import SEEDS, Command


def test_a_store_that_does_not_answer_is_said_once_and_not_by_the_driver_too() -> None:
    called = [sys.executable, "-m", "graph_service", "--store", "neo4j://neo4j:word@127.0.0.1:9/neo4j", "check"]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[0].startswith("error: neo4j://127.0.0.1:9/neo4j: Neo4j does not answer")
    assert done.stderr.count("Unable to retrieve routing information") == 1


def test_a_reader_that_has_gone_does_not_put_the_data_at_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    called = [sys.executable, "-m", "graph_service", "rollup", "--data", str(SEEDS)]
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run(called, stdout=gone, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (READER_GONE, "")


def test_an_import_called_off_while_it_records_leaves_the_old_revision(command: Command, tmp_path: Path) -> None:
    path, folder = tmp_path / "graph.db", tmp_path / "set"
    url = f"sqlite://{path}"
    folder.mkdir()
    (folder / "items.csv").write_text("item,declared_unit\na,kg\n", encoding="utf-8")
    assert command("--store", url, "import", folder).out == "revision 1\n"
    for row_count in (20_000, 80_000, 320_000):  # a quick machine may have recorded the smaller ones in time
        rows = (f"{number},kg,{'x' * 500}\n" for number in range(row_count))
        with (folder / "items.csv").open("w", encoding="utf-8") as file:
            file.writelines(["item,declared_unit,description\n", *rows])
        status, out, error = _call_off_while_recording(url, folder, log=tmp_path / "graph.db-wal")
        if status != 0:
            break
    assert (status, out) == (INTERRUPTED, "")
    assert error == "interrupted: the store holds what it held before\n"
    newest = command("--store", url, "import", folder, "--dry-run").out
    assert newest == ("revision 1\n" if row_count == 20_000 else "revision 2\n")
    assert command("--store", url, "rollup").out.count("\n") == {20_000: 2, 80_000: 20_002, 320_000: 80_002}[row_count]


def _call_off_while_recording(url: str, folder: Path, *, log: Path) -> tuple[int, str, str]:
    """Import and send Ctrl-C once the transaction's rows reach the log: status, standard output, standard error."""
    called = [sys.executable, "-m", "graph_service", "--store", url, "import", str(folder)]
    with subprocess.Popen(called, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (log.exists() and log.stat().st_size > 1_000_000):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    return process.returncode, out, error
