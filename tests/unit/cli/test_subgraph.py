"""``subgraph`` on the example chains: files that networkx reads, and what is refused."""

import csv
import io
import json
from pathlib import Path

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.cli.conftest import SEEDS, Command

CALL = ("subgraph", "pack", "--data", SEEDS, "--as-of", "2026-06-01")
PACK_KGCO2E = 5739.944731059588


def test_every_format_holds_the_same_supplies(command: Command, tmp_path: Path) -> None:
    for name in ("graphml", "gexf", "node-link", "csv"):
        done = command(*CALL, "--format", name, "--out", tmp_path / name)
        assert (done.status, done.out, done.err) == (0, "", "")
    read = {
        "graphml": nx.read_graphml(tmp_path / "graphml", force_multigraph=True),
        "gexf": nx.MultiDiGraph(nx.read_gexf(tmp_path / "gexf")),
        "node-link": nx.node_link_graph(json.loads((tmp_path / "node-link").read_text("utf-8")), edges="edges"),
    }
    with (tmp_path / "csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    supplies = sorted((row["uid"], row["input"], row["output"], float(row["coefficient"])) for row in rows)
    assert len(supplies) == 31
    for name, graph in read.items():
        told = sorted((edge["uid"], *ends, edge["coefficient"]) for *ends, edge in graph.edges(data=True))
        assert told == supplies, name
        kgco2e = [node.get("contribution_kgco2e", 0) for _, node in graph.nodes(data=True)]
        assert sum(kgco2e) == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert read["graphml"].graph["total_kgco2e"] == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert read["gexf"].graph["name"].startswith(f"item: pack; declared_unit: pc; total_kgco2e: {PACK_KGCO2E}; ")
    assert "; as_of: 2026-06-01; basis: DECLARED_FIRST; boundary: CRADLE_TO_GATE; " in read["gexf"].graph["name"]
    assert read["gexf"].nodes["pack"]["label"] == "LFP battery pack 60.48 kWh"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_standard_output_takes_the_graph_and_nothing_else(command: Command) -> None:
    done = command(*CALL, "--format", "csv", "--out", "-")
    assert (done.status, done.err) == (0, "")
    rows = list(csv.reader(io.StringIO(done.out)))
    assert rows[0] == [
        *("uid", "input", "output", "amount", "share", "coefficient", "line", "stage", "unit_cost", "currency")
    ]


def test_the_view_decides_what_is_upstream(command: Command) -> None:
    def uids(*options: str) -> set[str]:
        call = ("subgraph", "cement_hanzhong", "--data", SEEDS, "--as-of", "2026-06-01")
        text = command(*call, "--format", "node-link", "--out", "-", *options).out
        return {node["uid"] for node in json.loads(text)["nodes"]}

    assert uids() == {"cement_hanzhong"}
    assert len(uids("--basis", "traced")) > 1


def test_a_store_says_its_revision(command: Command, tmp_path: Path) -> None:
    store = f"sqlite://{tmp_path / 'graph.db'}"
    assert command("--store", store, "import", SEEDS).status == 0
    text = command("--store", store, "subgraph", "pack", "--format", "node-link", "--out", "-").out
    assert json.loads(text)["graph"]["revision"] == 1
    assert "revision" not in json.loads(command(*CALL, "--format", "node-link", "--out", "-").out)["graph"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "csv", "--out", "{}/no/pack.csv"), "there is no folder"),
        (("--format", "csv", "--out", "{}"), "is a folder; name a file in it"),
        (("--format", "dot", "--out", "-"), "'graphml', 'gexf', 'node-link', 'csv'"),
        (("--out", "-"), "--format"),
        (("--format", "csv"), "--out"),
    ],
)
def test_a_call_at_fault_writes_nothing_and_says_what_is_right(
    command: Command, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = command(*CALL, *(option.format(tmp_path) for option in options))
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_item_names_near_ones(command: Command) -> None:
    done = command("subgraph", "pakc", "--data", SEEDS, "--format", "csv", "--out", "-")
    assert (done.status, done.out) == (2, "")
    assert "'pakc' is not recorded; near: pack" in done.err


def test_what_was_there_stays_where_the_file_cannot_be_written(command: Command, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("kept", encoding="utf-8")
    done = command(*CALL, "--format", "csv", "--out", blocked / "pack.csv")
    assert done.status == 2
    assert blocked.read_text(encoding="utf-8") == "kept"


def test_totals_as_parquet_hold_every_number_of_the_csv_and_null_for_the_unknown(
    command: Command, tmp_path: Path
) -> None:
    for name in ("totals.csv", "totals.parquet"):
        call = ("rollup", "--data", SEEDS, "--as-of", "2026-06-01", "--columns", "all")
        assert command(*call, "--out", tmp_path / name).status == 0
    table = pq.read_table(tmp_path / "totals.parquet")
    with (tmp_path / "totals.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert table.column_names == list(rows[0])
    for name in table.column_names:
        shown = [str(value).lower() if isinstance(value, bool) else value for value in table[name].to_pylist()]
        texts = [row[name] or None for row in rows]
        is_number = pa.types.is_floating(table[name].type)
        assert shown == [float(text) if is_number and text else text for text in texts], name
    assert table["total_kgco2e"].null_count > 0
