"""Every way in which a data set folder can be wrong is named with file, line, column, value and cure."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph_service.errors import Finding
from graph_service.exchange.dataset import FolderData, read_folder
from graph_service.model.facts import empty_facts
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch

ITEMS = "item,name,declared_unit,mass_kg\na,A,kg,1\nb,B,kg,\n"


def read(folder: Path, files: Mapping[str, str | bytes]) -> FolderData:
    """Read a folder that holds these files; ``items.csv`` is sound unless given."""
    for name, content in {"items.csv": ITEMS, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_folder(folder)


def lines(data: FolderData) -> list[str]:
    return [data.locate(finding) for finding in data.batch.faults]


def only_line(data: FolderData) -> str:
    (line,) = lines(data)
    return line


def test_a_sound_folder_has_no_faults_and_its_cells_keep_their_meaning(tmp_path: Path) -> None:
    data = read(tmp_path, {"supplies.csv": "input,output,amount,valid_from\na,b,-2.5e-3,2024-02-29\n"})
    assert data.batch.faults == ()
    assert data.batch.tables[Kind.ITEM].column("mass_kg").to_pylist() == [1.0, None]
    supply = data.batch.tables[Kind.SUPPLY].to_pylist()[0]
    assert (supply["input_uid"], supply["output_uid"], supply["amount"]) == ("a", "b", -0.0025)
    assert str(supply["valid_from"]) == "2024-02-29"
    assert supply["uid"] is None
    assert data.batch.tables[Kind.REGION].num_rows == 0


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("NaN", '"NaN" is not finite'),
        ("-inf", '"-inf" is not finite'),
        ("1e999", '"1e999" is beyond the largest number'),
        ("1e-999", '"1e-999" is too near zero'),
        ("1_000", '"1_000" is no number: write 1000'),
        ('"1,5"', '"1,5" is no number: decimals take a point'),
        ("0x10", '"0x10" is no number'),
        (" 5", '" 5" is no number: write 5'),
        ("5 ", '"5 " is no number: write 5'),
        ("\uff15", "is no number"),
        ("12abc", '"12abc" is no number'),
    ],
)
def test_a_cell_that_is_no_finite_number_is_refused(tmp_path: Path, cell: str, told: str) -> None:
    data = read(tmp_path, {"items.csv": f"item,declared_unit,mass_kg\na,kg,1\nb,kg,{cell}\nc,kg,0\n"})
    assert only_line(data).startswith("items.csv:3: mass_kg: ")
    assert told in only_line(data)
    assert data.batch.faults[0].path == "items[1].mass_kg"
    assert data.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [1.0, None, 0.0]


@pytest.mark.parametrize(("cell", "value"), [("+5", 5.0), (".5", 0.5), ("5.", 5.0), ("1E+2", 100.0), ("0e-999", 0.0)])
def test_plain_and_exponent_notation_is_read_also_beside_a_fault(tmp_path: Path, cell: str, value: float) -> None:
    alone = read(tmp_path, {"items.csv": f"item,declared_unit,mass_kg\na,kg,{cell}\n"})
    assert alone.batch.faults == ()
    assert alone.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [value]
    beside = read(tmp_path, {"items.csv": f"item,declared_unit,mass_kg\na,kg,{cell}\nb,kg,x\n"})
    assert len(beside.batch.faults) == 1
    assert beside.batch.tables[Kind.ITEM]["mass_kg"].to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2023-02-29", "no day of the calendar"),
        ("2023-13-01", "no day of the calendar"),
        ("0000-01-01", "no day of the calendar"),
        ("2023/2/1", "write 2023-02-01"),
        ("2023-2-1", "write 2023-02-01"),
        ("2023-02-01T00:00:00Z", "YYYY-MM-DD"),
        ("01.02.2023", "YYYY-MM-DD"),
        ("20230201", "YYYY-MM-DD"),
    ],
)
def test_a_cell_that_is_no_date_is_refused(tmp_path: Path, cell: str, told: str) -> None:
    data = read(tmp_path, {"supplies.csv": f"input,output,amount,valid_to\na,b,1,{cell}\n"})
    assert only_line(data).startswith(f'supplies.csv:2: valid_to: "{cell}" is no ')
    assert told in only_line(data)


@pytest.mark.parametrize("cell", ["True", "1", "yes", "TRUE", " true"])
def test_a_cell_that_is_neither_true_nor_false_is_refused(tmp_path: Path, cell: str) -> None:
    data = read(tmp_path, {"emissions.csv": f"item,kgco2e,is_verified\na,1,true\nb,1,{cell}\n"})
    assert only_line(data).startswith(f'emissions.csv:3: is_verified: "{cell}" is neither true nor false')
    assert data.batch.tables[Kind.EMISSION]["is_verified"].to_pylist() == [True, None]


@pytest.mark.parametrize("cell", ["23", "2023.0", "0x7E7", "MMXX", "-999", "0000", "20230"])
def test_a_cell_that_is_no_year_is_refused(tmp_path: Path, cell: str) -> None:
    header = "factor,name,flow,kind,kgco2e,unit,region,year,boundary,gwp_set,source,licence"
    data = read(tmp_path, {"factors.csv": f"{header}\nf,F,grid,CARBON_FOOTPRINT,1,kWh,CN,{cell},b,AR6,s,l\n"})
    assert only_line(data).startswith(f'factors.csv:2: year: "{cell}" is no year')


def test_all_faults_of_the_folder_are_told_in_one_run(tmp_path: Path) -> None:
    data = read(
        tmp_path,
        {
            "items.csv": "item,declared_unit,mass_kg\na,kg,x\nb,kg,1\nc,kg,y\n",
            "supplies.csv": "input,output,amount,share\na,b,nan,1e999\n",
            "regions.csv": "region,name,parent,colour\nCN,China,,red\n",
            "emission.csv": "item\n",
        },
    )
    assert [line.split(": ")[:2] for line in lines(data)] == [
        ["emission.csv", "no file of a data set has this name"],
        ["regions.csv:1", "colour"],
        ["items.csv:2", "mass_kg"],
        ["items.csv:4", "mass_kg"],
        ["supplies.csv:2", "amount"],
        ["supplies.csv:2", "share"],
    ]


def test_an_unknown_column_is_named_with_the_nearest_allowed_one(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": "item,Declared Unit,declared_unit\na,kg,kg\n"})
    assert only_line(data).startswith("items.csv:1: Declared Unit: items has no column")
    assert 'did you mean "declared_unit"?' in only_line(data)


def test_a_missing_required_column_is_told_once(tmp_path: Path) -> None:
    data = read(tmp_path, {"supplies.csv": "input,amount\na,1\nb,1\n"})
    assert only_line(data) == (
        "supplies.csv:1: output: the column is missing, and every row needs it: add it to the header"
    )
    assert data.batch.faults[0].path == "supplies.output_uid"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": "item,declared_unit,item\na,kg,b\n"})
    assert only_line(data) == "items.csv:1: item: the header has this column twice: keep one"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", "has no header"),
        ("\n\n", "has no header"),
        ("item;declared_unit\na;kg\n", "cells are parted by semicolons: part them by commas"),
        ("item\tdeclared_unit\na\tkg\n", "cells are parted by tabs"),
        ("a,A,kg\n", "no cell of the first line is a column of items"),
        ("i\0t\0e\0m\0,\0d\0\n", "UTF-16"),
        ("item,declared_unit\ra,kg\r", "a carriage return without line feed"),
        ('"item,declared_unit\na,kg\n', "never closed"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, header: str, told: str) -> None:
    data = read(tmp_path, {"items.csv": header})
    assert told in only_line(data)
    assert only_line(data).startswith("items.csv:")
    assert data.batch.faults[0].path == "items"


def test_a_header_alone_is_an_empty_kind(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": "item,declared_unit", "supplies.csv": "input,output,amount\n"})
    assert data.batch.faults == ()
    assert data.batch.tables[Kind.SUPPLY].num_rows == 0


def test_a_folder_without_items_is_refused_and_the_rest_still_read(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("region,name\nCN,\n")
    data = read_folder(tmp_path)
    assert only_line(data).startswith("items.csv: the file is missing")
    assert data.batch.tables[Kind.REGION].num_rows == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("b,B,kg", "the record has 3 cells, the header 4: every column needs its comma"),
        ("b,B,kg,1,5", "the record has 5 cells, the header 4: put a cell that has a comma in it in quotes"),
        ('b,"B"x,kg,1', "text stands after a closing quote"),
        ('b,B"x",kg,1', "a quote stands inside a cell that does not begin with one"),
        ('b,"B,kg,1', "never closed"),
        ("b,B\rB,kg,1", "a carriage return without line feed"),
    ],
)
def test_a_malformed_record_is_told_and_its_neighbours_are_read(tmp_path: Path, row: str, told: str) -> None:
    text = f'item,name,declared_unit,mass_kg\na,"A\n""1""",kg,1\n{row}\nc,C,kg,x\nd,D,kg,4\n'
    data = read(tmp_path, {"items.csv": text})
    broken, bad_number = lines(data)
    assert broken.startswith("items.csv:4: ")
    assert told in broken
    assert bad_number.startswith("items.csv:5: mass_kg: ")
    assert [finding.path for finding in data.batch.faults] == ["items[1]", "items[2].mass_kg"]
    rows = data.batch.tables[Kind.ITEM].to_pylist()
    assert [row["uid"] for row in rows] == ["a", "b", "c", "d"]
    assert rows[0]["name"] == 'A\n"1"'
    assert rows[1]["name"] is None
    assert rows[3]["mass_kg"] == 4.0


def test_a_quote_closed_by_the_next_lines_quote_costs_one_record_only(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": 'item,declared_unit\na,"kg\n"b",kg\n"c","kg"\n'})
    assert only_line(data).startswith("items.csv:2: ")
    assert data.batch.tables[Kind.ITEM]["uid"].to_pylist() == ["a", "b", "c"]


def test_lines_are_those_of_the_file_also_after_blank_lines_and_quoted_newlines(tmp_path: Path) -> None:
    text = (
        'item,name,declared_unit,mass_kg\r\n\r\na,"1\r\n2\r\n3",kg,1\r\n\r\n\r\nb,B,kg,x\r\nc,"\r\n",kg,y\r\nd,D,kg,z'
    )
    data = read(tmp_path, {"items.csv": text})
    assert [line.split(": ")[0] for line in lines(data)] == ["items.csv:8", "items.csv:9", "items.csv:11"]
    assert data.batch.tables[Kind.ITEM]["name"].to_pylist() == ["1\r\n2\r\n3", "B", "\r\n", "D"]


def test_findings_of_the_service_are_located_in_the_files_own_words(tmp_path: Path) -> None:
    data = read(tmp_path, {"supplies.csv": "supply,input,output,amount\ns,a,b,1\nt,a,zzz,1\n"})
    unknown = Finding("UNKNOWN", "ERROR", "supplies[1].output_uid", "no item zzz")
    assert data.locate(unknown) == "supplies.csv:3: output: no item zzz"
    assert data.locate(Finding("X", "ERROR", "items[0].uid", "m")) == "items.csv:2: item: m"
    assert data.locate(Finding("X", "ERROR", "items[1]", "m")) == "items.csv:3: m"
    assert data.locate(Finding("X", "ERROR", "items.mass_kg", "m")) == "items.csv: mass_kg: m"
    assert data.locate(Finding("X", "ERROR", "endItems[0]", "m")) == f"{tmp_path}: endItems[0]: m"
    assert data.locate(Finding("X", "ERROR", "", "m")) == f"{tmp_path}: m"


def test_a_repeated_uid_names_the_line_of_the_first_row_and_not_its_place_in_the_batch(tmp_path: Path) -> None:
    odd = "x came before, at items[0]; y"
    rows = ["item,declared_unit", "b,kg", "", "a,kg", f'"{odd}",kg', f'"{odd}",kg', "a,kg"]
    data = read(tmp_path, {"items.csv": "\n".join(rows)})
    told = [data.locate(finding) for finding in check_batch(data.batch, empty_facts()).findings]
    cure = "leave one of them out, or give one another uid"
    assert told == [
        f"items.csv:6: item: uid '{odd}' came before, at items.csv:5; {cure}",
        f"items.csv:7: item: uid 'a' came before, at items.csv:4; {cure}",
    ]


def test_a_million_byte_cell_is_read_and_a_longer_one_refused(tmp_path: Path) -> None:
    text = f"item,declared_unit,name\na,kg,{'x' * 1_000_000}\nb,kg,{'x' * 1_000_001}\nc,kg,C\n"
    data = read(tmp_path, {"items.csv": text})
    assert only_line(data) == "items.csv:3: name: the cell has 1,000,001 bytes: at most 1,000,000 are read"
    assert [name and len(name) for name in data.batch.tables[Kind.ITEM]["name"].to_pylist()] == [1_000_000, None, 1]


@pytest.mark.parametrize("quote", ["", '"'])
def test_ten_megabytes_in_one_cell_are_refused_in_a_short_line(tmp_path: Path, quote: str) -> None:
    cell = quote + "汉" * 3_400_000 + quote
    data = read(tmp_path, {"items.csv": f"item,declared_unit,name\na,kg,{cell}\nb,kg,B\n"})
    assert only_line(data) == "items.csv:2: name: the cell has 10,200,000 bytes: at most 1,000,000 are read"
    assert data.batch.tables[Kind.ITEM]["uid"].to_pylist() == ["a", "b"]


def test_ten_megabytes_in_a_number_are_refused_in_a_short_line(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": f"item,declared_unit,mass_kg\na,kg,{'1' * 10_000_000}\n"})
    assert only_line(data).startswith("items.csv:2: mass_kg: the cell has 10,000,000 bytes")


def test_a_nul_is_refused(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": "item,declared_unit,name\na,kg,x\0y\n"})
    assert only_line(data).startswith(r'items.csv:2: name: "x\x00y" holds a NUL character')


def test_messages_cannot_move_a_terminals_cursor(tmp_path: Path) -> None:
    data = read(tmp_path, {"items.csv": "item,declared_unit,mass_kg,\x1b[2J\na,kg,\x1b[31m\u202e5,\n"})
    assert all(line.isprintable() for line in lines(data))
    assert len(lines(data)) == 2


def test_chinese_legacy_encoding_is_named_with_line_and_offset_and_read_on(tmp_path: Path) -> None:
    text = "item,name,declared_unit,mass_kg\na,A,kg,1\nb,电池包,kg,x\n".encode("gb18030")
    data = read(tmp_path, {"items.csv": text})
    encoding, number = lines(data)
    offset = text.index("电".encode("gb18030"))
    assert encoding.startswith(f"items.csv:3: byte 0xB5 at offset {offset} is not UTF-8 (the file seems to be GB18030)")
    assert number.startswith("items.csv:3: mass_kg: ")
    assert data.batch.tables[Kind.ITEM]["name"].to_pylist() == ["A", "电池包"]


def test_a_broken_byte_deep_in_a_file_is_found_at_its_line(tmp_path: Path) -> None:
    rows = [b"i%06d,kg" % row for row in range(5000)]
    rows[4321] = b"\xff,kg"
    data = read(tmp_path, {"items.csv": b"\n".join([b"item,declared_unit", *rows])})
    assert only_line(data).startswith("items.csv:4323: byte 0xFF at offset ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_as_such(tmp_path: Path, encoding: str) -> None:
    data = read(tmp_path, {"items.csv": "item,name,declared_unit\na,A,kg\n".encode(encoding)})
    assert "UTF-16" in only_line(data)
    assert only_line(data).startswith("items.csv:1: ")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_utf_8_with_and_without_mark_and_either_line_end_reads_alike(tmp_path: Path, mark: bytes, end: bytes) -> None:
    text = mark + end.join([b"item,name,declared_unit", "包,电池包,kg".encode(), b'b,"",""', b""])
    data = read(tmp_path, {"items.csv": text})
    assert data.batch.faults == ()
    rows = data.batch.tables[Kind.ITEM].select(["uid", "name", "declared_unit"]).to_pylist()
    assert rows == [
        {"uid": "包", "name": "电池包", "declared_unit": "kg"},
        {"uid": "b", "name": None, "declared_unit": None},
    ]


def test_a_file_as_csv_and_as_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"item": ["a"], "declared_unit": ["kg"]}), tmp_path / "items.parquet")
    assert only_line(read(tmp_path, {})) == "items.parquet: items.csv is there as well: keep one of the two"


@pytest.mark.parametrize(
    "name", ["item.csv", "Items.csv", "supply.parquet", "notes.csv", "emissions.xlsx", "supplies.csv.gz", "items.CSV"]
)
def test_a_file_that_looks_like_data_under_another_name_is_refused(tmp_path: Path, name: str) -> None:
    line = only_line(read(tmp_path, {name: b"x"}))
    assert line.startswith(f"{name}: no file of a data set has this name")
    assert "regions, suppliers, items, factors, emissions, supplies, benchmarks, declarations" in line


@pytest.mark.parametrize("name", ["README.md", "LICENSE", ".items.csv.77.partial", "totals.csv", "docs/items.csv"])
def test_other_files_are_ignored(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, {name: b"\xff\0"}).batch.faults == ()


def test_documents_that_are_no_json_are_refused_by_name_and_others_are_read(tmp_path: Path) -> None:
    data = read(tmp_path, {"declarations/one.json": "{", "declarations/two.json": '{"specVersion": "3.0.0"}'})
    assert [line.split(": ")[0] for line in lines(data)] == ["declarations/one.json"]
    (two,) = data.documents
    assert two.path == "declarations/two.json"
    assert two.has_errors


def test_a_folder_that_is_none_is_refused_with_what_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("items.csv", ITEMS)
    (tmp_path / "book.xlsx").write_bytes((tmp_path / "data.zip").read_bytes())
    (tmp_path / "items.csv").write_text(ITEMS)
    expected = {
        "nowhere": "there is no such folder",
        "data.zip": "this is a zip file: unpack it first",
        "book.xlsx": "this is a workbook",
        "items.csv": "this is a file: name the folder",
    }
    for name, told in expected.items():
        data = read_folder(tmp_path / name)
        assert only_line(data).startswith(f"{tmp_path / name}: {told}")
        assert all(table.num_rows == 0 for table in data.batch.tables.values())


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("region,name\nCN,China\n")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "items.v2").write_text(ITEMS)
    (folder / "items.csv").symlink_to("items.v2")
    (folder / "regions.csv").symlink_to("../secret.csv")
    (folder / "suppliers.csv").symlink_to("nowhere.csv")
    data = read_folder(folder)
    assert lines(data)[0].startswith(f"regions.csv: the link leads out of the folder, to {tmp_path / 'secret.csv'}")
    assert lines(data)[1].startswith("suppliers.csv: the file cannot be read")
    assert len(lines(data)) == 2
    assert data.batch.tables[Kind.REGION].num_rows == 0
    assert data.batch.tables[Kind.ITEM].num_rows == 2


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "regions.csv")
    assert only_line(read(tmp_path, {})).startswith("regions.csv: this is no regular file")


def test_past_ten_thousand_faults_of_a_column_one_line_says_how_many_more(tmp_path: Path) -> None:
    text = io.StringIO()
    text.write("item,declared_unit,mass_kg\n")
    text.writelines(f"i{row},kg,x\n" for row in range(10_005))
    data = read(tmp_path, {"items.csv": text.getvalue()})
    assert len(data.batch.faults) == 10_001
    assert lines(data)[-1] == ("items.csv: mass_kg: 5 more cells of this column are at fault like the 10,000 listed")
