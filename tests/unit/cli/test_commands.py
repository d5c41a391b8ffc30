"""The commands on a folder and on every store: what they print, and what their exit status says."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.cells import cell_len

from tests.unit.cli.conftest import SEEDS, Command, replace_text

PACK_KGCO2E = 5739.944731059588
DAY = ("--as-of", "2026-06-01")


def totals(text: str) -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_rollup_of_a_folder_gives_every_item_and_leaves_the_unknown_empty(command: Command) -> None:
    done = command("rollup", "--data", SEEDS, *DAY)
    assert (done.status, done.err) == (0, "")
    rows = totals(done.out)
    assert list(rows) == sorted(rows)
    assert len(rows) == 75
    assert float(rows["pack"]["total_kgco2e"]) == pytest.approx(PACK_KGCO2E, rel=1e-12)
    assert rows["pack"]["is_complete"] == "true"
    assert (rows["seat"]["total_kgco2e"], rows["seat"]["is_complete"]) == ("", "false")


def test_rollup_writes_csv_and_parquet_by_the_files_ending(command: Command, tmp_path: Path) -> None:
    for name in ("totals.csv", "totals.parquet"):
        done = command("rollup", "--data", SEEDS, *DAY, "--columns", "all", "--out", tmp_path / name)
        assert (done.status, done.out) == (0, "")
    rows = totals((tmp_path / "totals.csv").read_text(encoding="utf-8"))
    table = pq.read_table(tmp_path / "totals.parquet")
    assert list(next(iter(rows.values()))) == table.column_names
    gains = [float(row["loop_gain"]) for row in rows.values()]
    assert gains == table["loop_gain"].to_pylist()
    assert max(gains) > 0.05


def test_both_bases_and_both_boundaries_are_asked_for_by_name(command: Command) -> None:
    def total(uid: str, *options: str) -> float:
        return float(totals(command("rollup", "--data", SEEDS, *DAY, *options).out)[uid]["total_kgco2e"])

    assert total("cement_hanzhong") == 668
    assert total("cement_hanzhong", "--basis", "traced") == pytest.approx(686.4923, abs=1e-4)
    gate_to_grave_kgco2e = 3000 * 0.5777 + 150 + 129 * 0.129
    assert total("pack", "--boundary", "cradle_to_grave") == pytest.approx(
        PACK_KGCO2E + gate_to_grave_kgco2e, rel=1e-12
    )


def test_hotspots_of_a_folder_name_the_largest_first(command: Command) -> None:
    done = command("hotspots", "pack", "--data", SEEDS, *DAY, "--first", 2, "--format", "csv")
    rows = list(csv.reader(io.StringIO(done.out)))
    assert rows[0] == ["key", "label", "kgco2e", "share", "cumulative_share", "primary_data_share"]
    assert [row[0] for row in rows[1:]] == ["grid_CN", "al_primary"]
    assert float(rows[1][3]) == pytest.approx(0.2702, abs=5e-5)


@pytest.mark.parametrize("by", ["item", "supplier", "region", "stage", "category", "tier"])
def test_hotspots_of_every_grouping_sum_to_the_total(command: Command, by: str) -> None:
    done = command("hotspots", "bev", "--data", SEEDS, *DAY, "--by", by, "--first", 1000, "--format", "json")
    document = json.loads(done.out)
    assert document["by"] == by.upper()
    assert document["is_complete"] is False
    assert sum(spot["kgco2e"] for spot in document["hotspots"]) == pytest.approx(document["total_kgco2e"], rel=1e-12)
    assert [gap["item"] for gap in document["gaps"]] == ["seat"]


def test_hotspots_for_people_name_total_rest_and_gaps(command: Command) -> None:
    lines = command("hotspots", "bev", "--data", SEEDS, *DAY, "--first", 3).out.splitlines()
    assert lines[0] == "bev: Battery electric vehicle"
    assert lines[1].startswith("12,663 kg CO2e per pc, incomplete (CRADLE_TO_GATE, DECLARED_FIRST, 2026-06-01")
    assert any(line.endswith("100.0 %") and " more " in line for line in lines)
    assert any(line.startswith("seat") and "NO_DATA" in line for line in lines)


def test_hotspots_with_chinese_names_line_up_in_terminal_cells(command: Command) -> None:
    table = command("hotspots", "bev", "--data", SEEDS, *DAY).out.split("\n\n")[1].splitlines()
    assert "name_zh" in table[0]
    assert any("原铝" in line for line in table)
    assert {cell_len(line) for line in table} == {cell_len(table[0])}


def test_unknown_item_is_a_call_at_fault_and_names_near_ones(command: Command) -> None:
    done = command("hotspots", "pakc", "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert "'pakc' is not recorded; near: pack" in done.err


def test_an_item_without_data_has_unknown_total_and_not_zero(command: Command) -> None:
    text = command("hotspots", "seat", "--data", SEEDS).out
    assert "unknown kg CO2e per pc, incomplete" in text
    document = json.loads(command("hotspots", "seat", "--data", SEEDS, "--format", "json").out)
    assert (document["total_kgco2e"], document["hotspots"]) == (None, [])


def test_import_ask_export_and_import_again_agree(command: Command, store_url: str, tmp_path: Path) -> None:
    done = command("--store", store_url, "import", SEEDS)
    assert (done.status, done.out) == (0, "revision 1\n"), done.err
    assert command("--store", store_url, "import", SEEDS).out == "revision 1\n"
    of_folder = totals(command("rollup", "--data", SEEDS, *DAY).out)
    of_store = totals(command("--store", store_url, "rollup", *DAY).out)
    assert of_store.keys() == of_folder.keys()
    for uid, row in of_folder.items():
        assert [row["declared_unit"], row["is_complete"]] == [
            of_store[uid]["declared_unit"],
            of_store[uid]["is_complete"],
        ]
        if row["total_kgco2e"]:
            assert float(of_store[uid]["total_kgco2e"]) == pytest.approx(float(row["total_kgco2e"]), rel=1e-12)
        else:
            assert of_store[uid]["total_kgco2e"] == ""
    exported = tmp_path / "exported"
    assert command("--store", store_url, "export", exported).out == "revision 1\n"
    assert command("--store", store_url, "import", exported, "--replace").out == "revision 1\n"


def test_a_correction_is_a_new_revision_and_the_old_one_stays(command: Command, store_url: str, chains: Path) -> None:
    command("--store", store_url, "import", chains)
    replace_text(chains / "emissions.csv", "pack,MANUFACTURING,FOSSIL,40,", "pack,MANUFACTURING,FOSSIL,50,")
    assert command("--store", store_url, "import", chains, "--dry-run").out == "revision 1\n"
    assert command("--store", store_url, "import", chains).out == "revision 2\n"

    def total(*options: object) -> float:
        found = command("--store", store_url, "hotspots", "pack", "--format", "json", *options)
        return float(json.loads(found.out)["total_kgco2e"])

    assert total() == pytest.approx(PACK_KGCO2E + 10, rel=1e-12)
    assert total("--revision", 1) == pytest.approx(PACK_KGCO2E, rel=1e-12)


def test_import_with_a_key_is_recorded_once_and_refused_with_other_data(
    command: Command, store_url: str, chains: Path
) -> None:
    first = command("--store", store_url, "import", chains, "--key", "a")
    again = command("--store", store_url, "import", chains, "--key", "a")
    assert (first.out, again.out) == ("revision 1\n", "revision 1\n")
    assert "recorded before" in again.err
    replace_text(chains / "emissions.csv", "pack,MANUFACTURING,FOSSIL,40,", "pack,MANUFACTURING,FOSSIL,50,")
    other = command("--store", store_url, "import", chains, "--key", "a")
    assert (other.status, other.out) == (2, "")
    assert "KEY_REUSED" in other.err


def test_every_fault_of_a_folder_is_listed_and_nothing_is_recorded(
    command: Command, store_url: str, chains: Path
) -> None:
    replace_text(chains / "supplies.csv", "cell,pack,60.48", "cel,pack,60.48")
    replace_text(chains / "supplies.csv", "housing,pack,98.109", "housing,pack,1e999")
    replace_text(chains / "items.csv", "纯电动汽车,,PRODUCT,pc", "纯电动汽车,,PRODUCT,piecees")
    refused = command("--store", store_url, "import", chains)
    assert (refused.status, refused.out) == (1, "")
    checked = command("check", "--data", chains)
    assert checked.status == 1
    for text in (refused.err, checked.out):
        lines = text.splitlines()
        assert any(line.startswith("supplies.csv:") and ": input: " in line and "cel" in line for line in lines), text
        assert any(line.startswith("supplies.csv:") and ": amount: " in line and "1e999" in line for line in lines)
        assert any(line.startswith("items.csv:57: declared_unit: ") and "piecees" in line for line in lines), text
    assert totals(command("--store", store_url, "rollup").out) == {}


def test_check_of_a_store_finds_no_fault_in_what_was_recorded(command: Command, store_url: str) -> None:
    command("--store", store_url, "import", SEEDS)
    done = command("--store", store_url, "check")
    assert done.status == 0, done.out


def test_check_says_where_a_flow_fell_back_to_another_region(command: Command) -> None:
    done = command("check", "--data", SEEDS)
    assert done.status == 0
    assert len(done.out.splitlines()) == 1
    assert "electricity_CN_2024" in done.out
    assert "for the item's region" in done.out
    assert "[REGION_FALLBACK]" in done.out
    assert done.err == "0 faults, 1 warning\n"


def test_a_flow_asked_for_without_a_region_is_said_in_plain_words(command: Command, chains: Path) -> None:
    replace_text(chains / "items.csv", "passenger_car,CN-SN-XIAN,", "passenger_car,,")
    done = command("check", "--data", chains)
    assert "is asked for an item without a region; factor electricity_CN_2024 of region CN serves [" in done.out


def test_a_folder_that_is_not_there_puts_the_data_at_fault(command: Command, tmp_path: Path) -> None:
    done = command("import", tmp_path / "nowhere")
    assert (done.status, done.out) == (1, "")
    assert "nowhere" in done.err


def test_keys_are_made_shown_once_listed_and_revoked(command: Command, store_url: str) -> None:
    made = command("--store", store_url, "keys", "create", "--role", "auditor")
    assert made.status == 0
    assert made.out.startswith("gs_")
    assert len(made.out.splitlines()) == 1
    key_id, secret = made.out.strip().removeprefix("gs_").split("_")
    listed = command("--store", store_url, "keys", "list", "--format", "json").out
    assert [(key["key_id"], key["role"], key["revoked_at"]) for key in json.loads(listed)["keys"]] == [
        (key_id, "AUDITOR", None)
    ]
    assert secret not in listed
    assert command("--store", store_url, "keys", "revoke", key_id).status == 0
    listed = command("--store", store_url, "keys", "list", "--format", "json").out
    assert json.loads(listed)["keys"][0]["revoked_at"] is not None
    assert command("--store", store_url, "keys", "revoke", "nobody").status == 2


def test_a_suppliers_key_needs_a_known_supplier(command: Command, store_url: str) -> None:
    command("--store", store_url, "import", SEEDS)
    for arguments in (["--supplier", "nobody"], []):
        done = command("--store", store_url, "keys", "create", "--role", "SUPPLIER", *arguments)
        assert (done.status, done.out) == (2, "")
    done = command("--store", store_url, "keys", "create", "--role", "SUPPLIER", "--supplier", "demo-cell")
    assert done.status == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--store", "mysql://host/db", "rollup"], "names no store"),
        (["hotspots", "pack", "--as-of", "1 March"], "YYYY-MM-DD"),
        (["hotspots", "pack", "--as-of", "20260301"], "2026-03-01"),
        (["hotspots", "pack", "--known-at", "2026-03-01T08:00:00"], "offset"),
        (["hotspots", "pack", "--known-at", "yesterday"], "2026-03-01T08:00:00+08:00"),
        (["hotspots", "pack", "--data", SEEDS, "--revision", "1"], "no past"),
        (["--store", "sqlite:///x.db", "rollup", "--data", SEEDS], "one of them"),
        (["rollup", "--data", SEEDS, "--out", "totals.xlsx"], ".csv"),
        (["rollup", "--basis", "guess"], "guess"),
        (["hotspots"], "ITEM"),
        (["--store", "sqlite:///x.db", "demo"], "--store"),
        (["fly"], "fly"),
    ],
)
def test_a_call_at_fault_is_told_what_would_be_right(command: Command, arguments: list[str], named: str) -> None:
    done = command(*arguments)
    assert (done.status, done.out) == (2, ""), done
    assert named in done.err


def test_a_store_that_does_not_answer_is_status_three(command: Command) -> None:
    done = command("--store", "neo4j://neo4j:secret-word@127.0.0.1:9/neo4j", "rollup")
    assert (done.status, done.out) == (3, "")
    assert "secret-word" not in done.err


def test_settings_show_every_value_and_no_password(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_TIME_ZONE", "Asia/Shanghai")
    done = command("--store", "neo4j://neo4j:secret-word@host:7687/neo4j", "settings", "--format", "json")
    shown = json.loads(done.out)
    assert shown["GRAPH_SERVICE_TIME_ZONE"] == "Asia/Shanghai"
    assert shown["GRAPH_SERVICE_STORE"] == "neo4j://neo4j:***@host:7687/neo4j"
    assert "secret-word" not in command("--store", "neo4j://neo4j:secret-word@host:7687/neo4j", "settings").out


def test_a_wrong_setting_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_TIME_ZONE", "Mars/Olympus")
    done = command("settings")
    assert done.status == 2
    assert done.err == (
        "error: setting GRAPH_SERVICE_TIME_ZONE: 'Mars/Olympus' is not an IANA time zone, e.g. Asia/Shanghai\n"
    )
    monkeypatch.setenv("GRAPH_SERVICE_TIME_ZONE", "UTC")
    monkeypatch.setenv("GRAPH_SERVICE_PORT", "http")
    assert command("settings").err.startswith("error: setting GRAPH_SERVICE_PORT is 'http': ")
