"""The command ``scenario``: how changes are named, and what is printed."""

import csv
import io
import json
from pathlib import Path

import pytest

from graph_service.cli.scenario import parse_changes
from graph_service.service.scenario_changes import DirectChange, FactorChange, SupplyChange
from tests.unit.cli.conftest import SEEDS, Command

DAY = ("--as-of", "2026-06-01")


def test_uids_may_hold_the_signs_that_part_them_from_their_numbers() -> None:
    read = parse_changes(
        ["a=b=1.5", "x=x0.5", "=x=-2"], ["a:b=c,d/e:amount=2", "u:share=1:share=0.5,amount=3"], ["f==1"]
    )
    assert read.direct == [
        DirectChange("a=b", set_kgco2e=1.5),
        DirectChange("x", factor=0.5),
        DirectChange("=x", set_kgco2e=-2.0),
    ]
    assert read.supplies == [
        SupplyChange("a:b=c,d/e", amount=2.0),
        SupplyChange("u:share=1", amount=3.0, share=0.5),
    ]
    assert read.factors == [FactorChange("f=", 1.0)]


def test_a_scenario_answers_every_item_asked_for(command: Command) -> None:
    ask = ("scenario", "pack", "bev", "seat", "--direct", "cell=x0.5", "--data", SEEDS, *DAY)
    rows = list(csv.DictReader(io.StringIO(command(*ask, "--format", "csv").out)))
    assert [row["item"] for row in rows] == ["pack", "bev", "seat"]
    before, after = float(rows[0]["before_kgco2e"]), float(rows[0]["after_kgco2e"])
    assert before == pytest.approx(5739.944731059588, rel=1e-12)
    assert float(rows[0]["difference_kgco2e"]) == pytest.approx(after - before)
    assert after < before
    assert (rows[2]["before_kgco2e"], rows[2]["after_kgco2e"], rows[2]["difference_kgco2e"]) == ("", "", "")
    text = command(*ask).out
    assert text.endswith("\n\nempty: unknown\n")
    document = json.loads(command(*ask, "--format", "json").out)
    assert document["outcomes"][2]["after_kgco2e"] is None
    assert document["view"]["as_of"] == "2026-06-01"


def test_a_file_says_the_same_as_options(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "changes.json"
    document = {
        "direct": [{"item": "cell", "factor": 0.5}, {"item": "seat", "setKgCO2e": 40}],
        "supplies": None,
        "factors": [{"factor": "electricity_CN_2024", "kgCO2e": 0.4}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    options = ("--direct", "cell=x0.5", "--direct", "seat=40", "--factor", "electricity_CN_2024=0.4")
    by_file = command("scenario", "bev", "--changes", path, "--data", SEEDS, *DAY)
    assert by_file.status == 0
    assert by_file.out == command("scenario", "bev", *options, "--data", SEEDS, *DAY).out
    done = command("scenario", "bev", "--changes", path, *options, "--data", SEEDS)
    assert (done.status, done.out) == (2, "")


def test_every_fault_of_the_changes_is_said_and_the_call_is_at_fault(command: Command) -> None:
    wrong = ("--direct", "nobody=1", "--direct", "seat=x2", "--supply", "nothing:share=1.5")
    done = command("scenario", "bev", *wrong, "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert [line.split(":")[0] for line in done.err.splitlines()] == [
        "changes.supplies[0].supply",
        "changes.supplies[0].share",
        "changes.direct[0].item",
        "changes.direct[1].factor",
        "error",
    ]
    done = command("scenario", "pakc", "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert "near: pack" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--direct", "cell"), "--direct 'cell' cannot be read; write ITEM=KG"),
        (("--direct", "cell=much"), "--direct 'cell=much' cannot be read"),
        (("--factor", "=1"), "--factor '=1' cannot be read; write UID=KG"),
        (("--supply", "a=1"), "--supply 'a=1' cannot be read; write UID:amount=N"),
        (("--supply", "a:share=1,share=0"), "says share twice"),
    ],
)
def test_changes_that_cannot_be_read_are_refused(command: Command, options: tuple[str, str], said: str) -> None:
    done = command("scenario", "pack", *options, "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "changes is no object with direct, supplies, factors"),
        ('{"direkt": []}', "changes has no member 'direkt'; known: direct, supplies, factors"),
        ('{"direct": {}}', "changes.direct is no list"),
        ('{"direct": [1]}', "changes.direct[0] is no object with item, factor, setKgCO2e"),
        ('{"direct": [{"item": 1}]}', "changes.direct[0].item is 1; a uid in quotes was meant"),
        ('{"supplies": [{"supply": "a", "share": true}]}', "changes.supplies[0].share is True; a number was meant"),
        ('{"factors": [{"factor": "a"}]}', "changes.factors[0].kgCO2e is not given"),
        ("{", "Expecting property name"),
    ],
)
def test_a_file_of_another_form_is_refused_with_the_place(
    command: Command, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "changes.json"
    path.write_text(text, encoding="utf-8")
    done = command("scenario", "pack", "--changes", path, "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert command("scenario", "pack", "--changes", tmp_path / "absent.json", "--data", SEEDS).status == 2
