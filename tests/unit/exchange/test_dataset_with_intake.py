"""What the files are at fault for and what the facts are at fault for is told together, each once."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from graph_service.exchange.dataset import read_folder, write_folder
from graph_service.model.facts import empty_facts
from graph_service.service.intake import check_batch

SEEDS = Path(__file__).parents[3] / "seeds"
ITEMS = "item,name,declared_unit\na,A,kg\nb,B,kg\n"


def told(folder: Path, files: Mapping[str, str]) -> list[str]:
    """All that is said of a folder, as far as the second colon."""
    for name, text in {"items.csv": ITEMS, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    data = read_folder(folder)
    return [": ".join(data.locate(each).split(": ")[:2]) for each in check_batch(data.batch, empty_facts()).findings]


def test_faults_of_files_and_of_facts_come_in_one_list_with_their_lines(tmp_path: Path) -> None:
    supplies = 'input,output,amount,share\na,b,"1,5",\na,nowhere,1,\n\na,b,1,2\n'
    assert sorted(told(tmp_path, {"supplies.csv": supplies})) == [
        "supplies.csv:2: amount",
        "supplies.csv:3: output",
        "supplies.csv:5: share",
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"supplies.csv": "input,output\na,b\nb,a\n"}, ["supplies.csv:1: amount"]),
        (
            {"items.csv": "name,declared_unit\nA,kg\n", "supplies.csv": "input,output,amount\na,b,1\n"},
            ["items.csv:1: item"],
        ),
        ({"items.csv": "", "supplies.csv": "input,output,amount\na,b,1\n"}, ["items.csv:1: the file has no header"]),
    ],
)
def test_a_missing_column_or_file_is_one_fault_and_no_cascade(
    tmp_path: Path, files: Mapping[str, str], expected: list[str]
) -> None:
    assert told(tmp_path, files) == expected


def test_a_broken_record_is_still_known_by_its_name(tmp_path: Path) -> None:
    files = {"items.csv": "item,name,declared_unit\na,A\nb,B,kg\n", "supplies.csv": "input,output,amount\nb,a,1\n"}
    assert told(tmp_path, files) == ["items.csv:2: the record has 2 cells, the header 3"]


def test_an_export_of_the_seeds_imports_as_the_same_graph(tmp_path: Path) -> None:
    imported = check_batch(read_folder(SEEDS).batch, empty_facts())
    assert not imported.has_errors
    write_folder(tmp_path, imported.facts)
    again = read_folder(tmp_path)
    assert again.batch.faults == ()
    checked = check_batch(again.batch, imported.facts)
    assert not checked.has_errors
    assert all(table.num_rows == 0 for table in checked.upserts.values())
    assert not any(checked.ends.values())
