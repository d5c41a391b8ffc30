"""A folder is written whole or not at all, and nothing of anybody else's is touched."""

import csv
import io
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset import (
    ALL_COLUMNS,
    TOTALS_COLUMNS,
    ReadProgress,
    read_folder,
    write_folder,
    write_totals,
)
from graph_service.exchange.dataset.atomic import write_files
from graph_service.exchange.dataset.layout import LAYOUTS
from graph_service.exchange.dataset.writer import LEFT_OUT
from graph_service.model.facts import Facts, empty_facts, to_facts
from graph_service.model.tables import BATCH_SCHEMAS, FACT_SCHEMAS
from graph_service.model.vocabulary import Kind

CONTRACT_HEADERS = {
    "regions": "region,name,name_zh,parent",
    "suppliers": "supplier,name,name_zh,region,identifiers",
    "items": "item,name,name_zh,description,kind,declared_unit,equivalents,supplier,category,region,mass_kg,"
    "fossil_carbon_kg,biogenic_carbon_kg,capacity_per_year,identifiers",
    "factors": "factor,name,name_zh,flow,kind,kgco2e,unit,region,year,boundary,gwp_set,source,licence,"
    "technological_dqr,temporal_dqr,geographical_dqr,gsd",
    "emissions": "emission,item,stage,component,kgco2e,activity,activity_unit,factor,flow,data_type,is_verified,"
    "technological_dqr,temporal_dqr,geographical_dqr,gsd,gwp_set,source,period_start,period_end,valid_from,valid_to",
    "supplies": "supply,input,output,amount,unit,line,share,stage,unit_cost,currency,capacity_per_year,gsd,"
    "valid_from,valid_to",
    "benchmarks": "category,declared_unit,limit_kgco2e,baseline_kgco2e,exemplary_kgco2e,valid_from,source,is_example",
    "declarations": "declaration,item,kgco2e,fossil_kgco2e,biogenic_uptake_kgco2e,reference_period_start,"
    "reference_period_end,valid_from,valid_to,primary_data_share,technological_dqr,temporal_dqr,geographical_dqr,"
    "exempted_share,is_verified,gwp_set,preceding,comment",
}


def facts_of_items(*uids: str) -> Facts:
    rows = [{"uid": uid, "name": uid, "kind": "PRODUCT", "declared_unit": "kg"} for uid in uids]
    items = pa.Table.from_pylist(rows, schema=BATCH_SCHEMAS[Kind.ITEM])
    tables = {kind: FACT_SCHEMAS[kind].empty_table() for kind in Kind}
    return Facts(tables | {Kind.ITEM: to_facts(Kind.ITEM, items, items["uid"], revision=1)})


def test_files_have_the_columns_of_the_contract() -> None:
    written = {
        layout.stem: ",".join(name for name in layout.columns if name not in LEFT_OUT.get(layout.kind, {}))
        for layout in LAYOUTS.values()
    }
    assert written == CONTRACT_HEADERS
    for layout in LAYOUTS.values():
        assert set(layout.required) <= set(layout.columns)


def test_rows_stand_in_order_of_uid_and_only_kinds_with_facts_have_files(tmp_path: Path) -> None:
    write_folder(tmp_path / "new" / "folder", facts_of_items("b", "汉,1", "a"))
    files = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert files == ["items.csv"]
    rows = list(csv.reader(io.StringIO((tmp_path / "new/folder/items.csv").read_text(encoding="utf-8"))))
    assert [row[0] for row in rows] == ["item", "a", "b", "汉,1"]


def test_a_graph_without_facts_is_an_empty_items_file(tmp_path: Path) -> None:
    write_folder(tmp_path, empty_facts())
    assert (tmp_path / "items.csv").read_text() == CONTRACT_HEADERS["items"] + "\n"
    assert read_folder(tmp_path).batch.faults == ()


def test_writing_again_replaces_the_data_sets_own_files_and_leaves_others(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "regions.csv").write_text("region,name\nold,Old\n")
    write_folder(tmp_path, facts_of_items("a"))
    data = read_folder(tmp_path)
    assert data.batch.faults == ()
    assert data.batch.tables[Kind.REGION].num_rows == 0
    assert (tmp_path / "README.md").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "items.csv", "regions.csv"]


@pytest.mark.parametrize("name", ["items.parquet", "declarations/one.json"])
def test_a_folder_with_files_that_would_be_read_as_well_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    with pytest.raises(InvalidInput, match=name):
        write_folder(tmp_path, facts_of_items("a"))
    assert not (tmp_path / "items.csv").exists()


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match="is a file"):
        write_folder(tmp_path / "file", facts_of_items("a"))
    with pytest.raises(InvalidInput, match="cannot be made"):
        write_folder(tmp_path / "file" / "below", facts_of_items("a"))


def test_a_write_that_fails_half_way_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("old")

    def fail(stream: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InvalidInput, match="No space left on device"):
        write_files(tmp_path, {"one.csv": lambda stream: stream.writelines([b"new"]), "two.csv": fail})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one.csv": "old"}


def test_a_link_in_the_place_of_a_file_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("keep")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "items.csv").symlink_to(tmp_path / "elsewhere.csv")
    write_folder(tmp_path / "data", facts_of_items("a"))
    assert (tmp_path / "elsewhere.csv").read_text() == "keep"
    assert not (tmp_path / "data" / "items.csv").is_symlink()


def totals(columns: tuple[str, ...] = TOTALS_COLUMNS) -> pa.Table:
    values: dict[str, pa.Array] = {name: pa.array([0.1, None, float("nan")], pa.float64()) for name in columns}
    values["item"] = pa.array(["b", '=a,"1"', "汉"])
    values["declared_unit"] = pa.array(["kg", "kWh", "t"])
    values["is_complete"] = pa.array([True, False, False])
    return pa.table(values)


def test_totals_are_ordered_by_item_with_17_digits_and_empty_where_unknown() -> None:
    stream = io.BytesIO()
    write_totals(totals(), stream)
    assert stream.getvalue().decode() == (
        "item,declared_unit,total_kgco2e,direct_kgco2e,upstream_kgco2e,is_complete\n"
        '"=a,""1""",kWh,,,,false\n'
        "b,kg,0.10000000000000001,0.10000000000000001,0.10000000000000001,true\n"
        "汉,t,,,,false\n"
    )


def test_all_columns_of_the_totals_stand_in_the_contracts_order(tmp_path: Path) -> None:
    write_totals(totals(ALL_COLUMNS).select(ALL_COLUMNS[::-1]), tmp_path / "totals.csv")
    header = (tmp_path / "totals.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[6:16] == [
        *("total_including_uptake_kgco2e", "primary_data_share", "verified_share", "proxy_share", "exempted_share"),
        *("technological_dqr", "temporal_dqr", "geographical_dqr", "rated_share", "loop_gain"),
    ]
    assert header[16] == "stage_RAW_MATERIAL_kgco2e"
    assert header[22:24] == ["stage_UNSPECIFIED_kgco2e", "component_FOSSIL_kgco2e"]
    assert header[-1] == "component_UNSPECIFIED_kgco2e"
    assert len(header) == 16 + 7 + 9


def test_totals_as_parquet_hold_the_same_numbers_and_no_nan(tmp_path: Path) -> None:
    write_totals(totals(), tmp_path / "totals.parquet")
    table = pq.read_table(tmp_path / "totals.parquet")
    assert table["item"].to_pylist() == ['=a,"1"', "b", "汉"]
    assert table["total_kgco2e"].to_pylist() == [None, 0.1, None]
    assert not any(math.isnan(number) for number in table["direct_kgco2e"].drop_null().to_pylist())


def test_totals_of_another_ending_or_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"totals\.xlsx ends in neither"):
        write_totals(totals(), tmp_path / "totals.xlsx")
    with pytest.raises(ValueError, match="totals have columns"):
        write_totals(totals().drop_columns(["is_complete"]), tmp_path / "totals.csv")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_totals(totals(), tmp_path / "missing" / "totals.csv")
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_rows_and_ends_at_all_bytes(tmp_path: Path) -> None:
    write_folder(tmp_path, facts_of_items(*(f"i{row}" for row in range(1000))))
    (tmp_path / "regions.csv").write_text("region,name\nCN,China\n")
    heard: list[ReadProgress] = []
    read_folder(tmp_path, progress=heard.append)
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert [(step.file, step.row_count) for step in heard] == [("regions.csv", 1), ("items.csv", 1000)]
    assert heard[-1].done_bytes == heard[-1].total_bytes == total
