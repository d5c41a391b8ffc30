"""``grade`` and ``data-requests``: three formats, every view option, and what is refused."""

import csv
import io
import json

import pytest

from tests.unit.cli.conftest import SEEDS, Command

DAY = ("--as-of", "2026-06-01")


def test_grade_says_the_level_why_and_by_which_values(command: Command) -> None:
    done = command("grade", "pack", "--data", SEEDS, *DAY)
    assert (done.status, done.err) == (0, "")
    blocks = done.out.rstrip().split("\n\n")
    assert blocks[0].startswith("pack: LFP battery pack 60.48 kWh\n5,739.94 kg CO2e per pc (")
    assert blocks[1].startswith("C: 94.91 kg CO2e per kWh: above the baseline 85, at or below the limit 110 (example")
    assert [line.split() for line in blocks[2].splitlines()[2:]] == [
        ["A", "exemplary", "60"],
        ["B", "baseline", "85"],
        ["C", "limit", "110"],
    ]


def test_grade_for_machines_holds_the_benchmark_or_null(command: Command) -> None:
    [row] = csv.DictReader(io.StringIO(command("grade", "pack", "--data", SEEDS, *DAY, "--format", "csv").out))
    assert (row["level"], row["declared_unit"], row["limit_kgco2e"], row["is_example"]) == ("C", "kWh", "110.0", "true")
    document = json.loads(command("grade", "pack", "--data", SEEDS, *DAY, "--format", "json").out)
    assert document["total_kgco2e"] / 60.48 == pytest.approx(94.9065, abs=5e-5)
    assert (document["level"], document["benchmark"]["category"]) == ("C", "battery_pack")
    missing = json.loads(command("grade", "bev", "--data", SEEDS, *DAY, "--format", "json").out)
    assert (missing["level"], missing["benchmark"]) == ("UNGRADED", None)
    assert missing["reason"] == "there is no benchmark for category passenger_car"
    [empty] = csv.DictReader(io.StringIO(command("grade", "bev", "--data", SEEDS, *DAY, "--format", "csv").out))
    assert (empty["level"], empty["category"], empty["is_example"]) == ("UNGRADED", "", "")


def test_grade_follows_the_basis_and_keeps_to_the_gate(command: Command) -> None:
    options = ("--data", SEEDS, *DAY, "--basis", "traced", "--boundary", "cradle_to_grave")
    done = command("grade", "cement_hanzhong", *options)
    assert "\n\nB: 686.5 kg CO2e per t: " in done.out
    assert "; graded from cradle to gate (" in done.out


def test_data_requests_name_the_gap_first_and_then_the_weakest_data(command: Command) -> None:
    done = command("data-requests", "bev", "--data", SEEDS, *DAY, "--first", 3)
    assert (done.status, done.err) == (0, "")
    table = done.out.rstrip().split("\n\n")[1].splitlines()
    assert [line.split()[0] for line in table[2:]] == ["seat", "al_primary", "grid_CN"]
    assert "size unknown, no peer in category seat to compare with: ranked as if 351.7 kg CO2e" in table[2]


def test_data_requests_for_machines_say_the_same(command: Command) -> None:
    options = ("--data", SEEDS, *DAY, "--first", 2)
    rows = list(csv.DictReader(io.StringIO(command("data-requests", "bev", *options, "--format", "csv").out)))
    assert [(row["item"], row["supplier"]) for row in rows] == [
        ("seat", "demo-seating"),
        ("al_primary", "demo-aluminium-market"),
    ]
    assert (rows[0]["kgco2e"], rows[0]["share"]) == ("", "")
    document = json.loads(command("data-requests", "bev", *options, "--format", "json").out)
    assert document["is_complete"] is False
    assert [one["kgco2e"] for one in document["data_requests"]] == [None, pytest.approx(3848.5255, abs=1e-4)]
    assert [str(one["score"]) for one in document["data_requests"]] == [row["score"] for row in rows]


def test_an_item_that_is_itself_the_gap_is_said_to_be(command: Command) -> None:
    out = command("data-requests", "seat", "--data", SEEDS, *DAY).out
    assert "nobody upstream to ask" in out
    assert out.rstrip().endswith("the item itself is a gap: its own supplier is the first to ask")
    assert "the item itself is a gap" in command("data-requests", "sand", "--data", SEEDS, *DAY).out
    assert "the item itself is a gap" not in command("data-requests", "bev", "--data", SEEDS, *DAY).out


@pytest.mark.parametrize("name", ["grade", "data-requests"])
def test_an_unknown_item_is_a_call_at_fault_with_its_neighbours(command: Command, name: str) -> None:
    done = command(name, "pakc", "--data", SEEDS, *DAY)
    assert done.status == 2
    assert "item 'pakc' is not recorded; near: pack" in done.err


@pytest.mark.parametrize("first", [0, 201])
def test_a_page_outside_its_bounds_is_refused(command: Command, first: int) -> None:
    done = command("data-requests", "bev", "--data", SEEDS, *DAY, "--first", first)
    assert (done.status, done.out) == (2, "")


def test_both_judgements_are_the_same_from_a_store(command: Command, store_url: str) -> None:
    assert command("--store", store_url, "import", SEEDS).status == 0
    for name in ("grade", "data-requests"):
        from_store = json.loads(command("--store", store_url, name, "pack", *DAY, "--format", "json").out)
        from_folder = json.loads(command(name, "pack", "--data", SEEDS, *DAY, "--format", "json").out)
        assert from_store.pop("view")["revision"] == 1
        assert from_folder.pop("view")["revision"] is None
        assert from_store == from_folder
