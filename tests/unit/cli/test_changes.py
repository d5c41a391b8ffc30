"""The command ``changes``: how views are named, and what is printed."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from graph_service.cli.changes import parse_view
from graph_service.service.views import ViewRequest
from tests.unit.cli.conftest import SEEDS, Command, replace_text

CEMENT = ("changes", "cement_hanzhong", "--before", "2025-06-01", "--after", "2026-06-01")


def test_a_view_is_a_revision_a_day_a_moment_or_two_of_them() -> None:
    march = date(2026, 3, 1)
    moment = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    expected = {
        "now": ViewRequest(),
        "7": ViewRequest(revision=7),
        "2026-03-01": ViewRequest(as_of=march),
        "7@2026-03-01": ViewRequest(revision=7, as_of=march),
        "now@2026-03-01": ViewRequest(as_of=march),
        "2026-03-01T08:00:00+08:00": ViewRequest(known_at=moment),
        "2026-03-01T00:00:00Z@2026-03-01": ViewRequest(known_at=moment, as_of=march),
    }
    assert {text: parse_view(text, option="--before") for text in expected} == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-3-1", "2026-02-30", "7@", "@2026-03-01", "7@8", "-1", "2026-03-01T25:00Z", "٧"]
)
def test_what_is_no_view_is_refused_with_what_would_be_right(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        parse_view(text, option="--after")
    assert left.value.exit_code == 2
    assert f"--after {text!r} is no view; write a revision (7)" in capsys.readouterr().err


def test_a_moment_without_offset_is_refused(command: Command) -> None:
    done = command("changes", "pack", "--before", "2026-03-01T08:00:00", "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert "'2026-03-01T08:00:00' has no offset; add Z or e.g. +08:00" in done.err


def test_causes_of_a_folder_between_two_days(command: Command) -> None:
    lines = command(*CEMENT, "--data", SEEDS).out.splitlines()
    assert lines[1].startswith("before: 686.492 kg CO2e per t (CRADLE_TO_GATE, DECLARED_FIRST, 2025-06-01")
    assert lines[2].startswith("after: 668 kg CO2e per t (")
    assert lines[3] == "difference: -18.4923 kg CO2e"
    [row] = csv.DictReader(io.StringIO(command(*CEMENT, "--data", SEEDS, "--format", "csv").out))
    assert (row["kind"], row["fact"]) == ("DECLARATION", "cement-hanzhong-2025")
    document = json.loads(command(*CEMENT, "--data", SEEDS, "--format", "json").out)
    assert document["difference_kgco2e"] == pytest.approx(float(row["kgco2e"]), rel=1e-12)
    assert (document["before"]["as_of"], document["cause_count"]) == ("2025-06-01", 1)


def test_causes_of_a_store_between_two_revisions(command: Command, store_url: str, chains: Path) -> None:
    assert command("--store", store_url, "import", chains).out == "revision 1\n"
    replace_text(chains / "supplies.csv", "housing,pack,98.109,,", "housing,pack,90,,")
    replace_text(chains / "supplies.csv", "cell,pack,60.48,,", "cell,pack,61,,")
    assert command("--store", store_url, "import", chains).out == "revision 2\n"
    ask = ("--store", store_url, "changes", "pack", "--before", "1@2026-06-01", "--after", "2@2026-06-01")
    document = json.loads(command(*ask, "--format", "json").out)
    assert [(cause["kind"], cause["item"]) for cause in document["causes"]] == [("SUPPLY", "pack")] * 2
    assert sum(cause["kgco2e"] for cause in document["causes"]) == pytest.approx(document["difference_kgco2e"])
    lines = command(*ask, "--first", 1).out.splitlines()
    assert lines[-1].startswith("1 more")
    assert "(CRADLE_TO_GATE, DECLARED_FIRST, 2026-06-01, revision 1)" in lines[1]


def test_an_item_that_did_not_exist_is_said_so(command: Command, store_url: str) -> None:
    command("--store", store_url, "import", SEEDS)
    done = command("--store", store_url, "changes", "pack", "--before", "0")
    assert "before: not recorded" in done.out
    assert any(line.split()[-3:-1] == ["kWh", "ADDED"] for line in done.out.splitlines())
    document = json.loads(command("--store", store_url, "changes", "pack", "--before", "0", "--format", "json").out)
    assert document["before"] is None
    assert document["difference_kgco2e"] == document["after"]["total_kgco2e"]


def test_an_unknown_total_has_no_causes(command: Command) -> None:
    done = command("changes", "seat", "--before", "now", "--data", SEEDS)
    assert "before: unknown kg CO2e per pc, incomplete" in done.out
    assert done.out.endswith("difference: unknown, so there are no causes\n")


def test_views_that_are_not_there_are_calls_at_fault(command: Command, store_url: str) -> None:
    command("--store", store_url, "import", SEEDS)
    done = command("--store", store_url, "changes", "pack", "--before", "1", "--after", "9")
    assert (done.status, done.out) == (2, "")
    assert "--after: view.revision: 9 is not recorded; the store holds 0 to 1" in done.err
    done = command("changes", "pack", "--before", "1", "--data", SEEDS)
    assert (done.status, done.err) == (
        2,
        "error: --before: a folder has no past; give a day or now, or ask a store\n",
    )
    done = command("changes", "pakc", "--before", "now", "--data", SEEDS)
    assert (done.status, done.out) == (2, "")
    assert "'pakc' is not recorded; near: pack" in done.err
