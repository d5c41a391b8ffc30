"""The commands ``paths``, ``sensitivities`` and ``uncertainty``: what each format prints, and what they refuse."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import SEEDS, Command

DAY = ("--as-of", "2026-06-01")


@pytest.fixture
def beam(tmp_path: Path) -> Path:
    """A beam of 2 kg steel, gsd 1.05, that emits 1 kg; the steel emits 1.5 kg, gsd 1.2."""
    files = {
        "items": "item,declared_unit\nbeam,pc\nsteel,kg\n",
        "emissions": "item,kgco2e,gsd,source\nbeam,1,,assumed\nsteel,1.5,1.2,assumed\n",
        "supplies": "input,output,amount,gsd\nsteel,beam,2,1.05\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_paths_in_every_format_lead_to_the_item(command: Command) -> None:
    asked = ("paths", "pack", "--data", SEEDS, *DAY, "--first", 2)
    table, as_csv, as_json = (command(*asked, "--format", name) for name in ("table", "csv", "json"))
    assert "syn_graphite → graphite_synthetic → cell → pack" in table.out
    assert "all other paths" in table.out
    found = rows(as_csv.out)
    ways = (
        ["syn_graphite", "graphite_synthetic", "cell", "pack"],
        ["al_primary", "housing_al_primary", "housing", "pack"],
    )
    assert [(row["path"], row["step"], row["item"]) for row in found] == [
        (str(number), str(step), uid) for number, way in enumerate(ways, 1) for step, uid in enumerate(way, 1)
    ]
    document = json.loads(as_json.out)
    told = [(number, uid) for number, path in enumerate(document["paths"], 1) for uid in path["items"]]
    assert told == [(int(row["path"]), row["item"]) for row in found]
    assert document["covered_kgco2e"] == pytest.approx(sum(path["kgco2e"] for path in document["paths"]))
    assert document["covered_kgco2e"] + document["open_kgco2e"] == pytest.approx(document["total_kgco2e"])


@pytest.mark.parametrize("asked", ["paths", "sensitivities", "uncertainty"])
def test_json_says_of_which_view_a_total_is_and_whether_it_is_complete(command: Command, asked: str) -> None:
    document = json.loads(command(asked, "bev", "--data", SEEDS, *DAY, "--format", "json").out)
    named = {"as_of": DAY[1], "revision": None, "basis": "DECLARED_FIRST", "boundary": "CRADLE_TO_GATE"}
    assert document["view"] == named
    assert (document["item"], document["declared_unit"], document["is_complete"]) == ("bev", "pc", False)


def test_paths_below_the_least_share_are_left_out(command: Command) -> None:
    done = command("paths", "pack", "--data", SEEDS, *DAY, "--min-share", 0.1, "--format", "csv")
    shares = {row["path"]: float(row["share"]) for row in rows(done.out)}
    assert len(shares) == 3
    assert min(shares.values()) >= 0.1


def test_sensitivities_name_supplies_by_both_ends(command: Command) -> None:
    asked = ("sensitivities", "pack", "--data", SEEDS, *DAY, "--first", 2)
    table, as_csv, as_json = (command(*asked, "--format", name) for name in ("table", "csv", "json"))
    assert "cell → pack" in table.out
    assert "57 more" in table.out
    [amount, direct] = rows(as_csv.out)
    assert (amount["kind"], amount["input"], amount["output"]) == ("amount", "cell", "pack")
    assert (direct["kind"], direct["uid"], direct["input"]) == ("direct", "grid_CN", "")
    document = json.loads(as_json.out)
    assert document["count"] == 59
    assert document["sensitivities"][0]["elasticity"] == pytest.approx(float(amount["elasticity"]))


def test_uncertainty_shows_the_samples_beside_the_first_order(command: Command, beam: Path) -> None:
    asked = ("uncertainty", "beam", "--data", beam, "--monte-carlo", 50, "--seed", 4)
    table, as_csv, as_json = (command(*asked, "--format", name) for name in ("table", "csv", "json"))
    assert "first order, lognormal; 1 emission, 1 supply amount carry" in table.out
    assert "50 samples, median" in table.out
    assert [row["way"] for row in rows(as_csv.out)] == ["first order", "samples"]
    document = json.loads(as_json.out)
    assert document["uncertainty"]["low_kgco2e"] < document["total_kgco2e"] < document["uncertainty"]["high_kgco2e"]
    assert (document["monte_carlo"]["seed"], document["monte_carlo"]["count"]) == (4, 50)
    again = command(*asked, "--format", "json")
    assert again.out == as_json.out


def test_samples_without_a_total_are_told(command: Command, beam: Path) -> None:
    with (beam / "supplies.csv").open("a", encoding="utf-8") as file:
        file.write("beam,steel,0.4,2\n")
    done = command("uncertainty", "beam", "--data", beam, "--monte-carlo", 40)
    assert "of them have no total, as a loop takes one unit or more of itself" in done.out


def test_where_no_spread_is_recorded_there_is_no_interval(command: Command) -> None:
    asked = ("uncertainty", "pack", "--data", SEEDS, *DAY)
    assert "no interval: nothing upstream has a geometric standard deviation" in command(*asked).out
    assert json.loads(command(*asked, "--format", "json").out)["uncertainty"] is None
    assert rows(command(*asked, "--format", "csv").out) == []


def test_an_item_about_which_nothing_is_known_has_neither_paths_nor_sensitivities(command: Command) -> None:
    assert "no paths" in command("paths", "seat", "--data", SEEDS, *DAY).out
    assert "no sensitivities" in command("sensitivities", "seat", "--data", SEEDS, *DAY).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("paths", "pac"), "item 'pac' is not recorded; near: pack"),
        (("sensitivities", "pac"), "item 'pac' is not recorded; near: pack"),
        (("uncertainty", "pack", "--level", "95"), "level is 95; a probability between 0 and 1"),
        (("paths", "pack", "--first", "201"), "--first"),
        (("paths", "pack", "--min-share", "2"), "--min-share"),
    ],
)
def test_calls_at_fault_are_refused_with_the_value(command: Command, arguments: tuple[str, ...], said: str) -> None:
    done = command(*arguments, "--data", SEEDS, *DAY)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
