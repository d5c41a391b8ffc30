"""``import-bom`` and ``battery-passport``: what is recorded and written, and what is refused with which exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.catena_x import faults, schema
from tests.unit.cli.conftest import SEEDS, Command

PASSPORT = ("--data", SEEDS, "--as-of", "2026-06-01", "--performance-class", "B", "--study", "https://example.com/cfb")
LIFE = ("--cycles-per-year", "100", "--years", "10")
PACK, CELL = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"


def bom(*, asset: str = CELL, partner: str = "BPNL0000000CELLS", unit: str = "unit:piece") -> Any:
    child = {
        "globalAssetId": asset,
        "businessPartner": partner,
        "quantity": {"value": 96, "unit": unit},
        "createdOn": "2026-01-01T00:00:00Z",
    }
    return {"globalAssetId": f"urn:uuid:{PACK}", "childItems": [child]}


@pytest.fixture
def store(command: Command, tmp_path: Path) -> str:
    """A store with a pack and a cell that can be found by their identifiers."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "suppliers.csv").write_text("supplier,name,identifiers\ncells,Cells,urn:bpn:BPNL0000000CELLS\n", "utf-8")
    items = ["item,declared_unit,equivalents,supplier,identifiers", f"pack,pc,,,urn:uuid:{PACK}"]
    items += [f"cell,kWh,1.6 pc,cells,urn:uuid:{CELL}", ""]
    (folder / "items.csv").write_text("\n".join(items), "utf-8")
    url = f"sqlite://{tmp_path / 'graph.db'}"
    assert command("--store", url, "import", folder).status == 0
    return url


def written(folder: Path, value: object, name: str = "bom.json") -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def test_a_bill_of_material_is_recorded_once_and_told_by_its_revision(
    command: Command, tmp_path: Path, store: str
) -> None:
    path = written(tmp_path, bom())
    assert command("--store", store, "import-bom", path, "--dry-run").out == "revision 1\n"
    done = command("--store", store, "import-bom", path)
    assert (done.status, done.out, done.err) == (0, "revision 2\n", "")
    assert command("--store", store, "import-bom", path).out == "revision 2\n"
    folder = tmp_path / "out"
    assert command("--store", store, "export", folder).status == 0
    lines = (folder / "supplies.csv").read_text("utf-8").splitlines()
    assert len(lines) == 2
    row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (row["supply"], row["input"], row["output"]) == ("pack/cell//RAW_MATERIAL//1", "cell", "pack")
    assert float(row["amount"]) == 60


def test_the_same_key_records_the_same_files_once_and_refuses_others(
    command: Command, tmp_path: Path, store: str
) -> None:
    path = written(tmp_path, bom())
    call = ("--store", store, "import-bom", "--key", "k")
    assert command(*call, path).out == "revision 2\n"
    again = command(*call, path)
    assert (again.status, again.out, again.err) == (0, "revision 2\n", "recorded before with this key\n")
    other = command(*call, written(tmp_path, [bom()]))
    assert (other.status, other.out) == (2, "")
    assert "[KEY_REUSED]" in other.err


def test_every_fault_of_all_files_is_told_with_its_file_and_nothing_is_recorded(
    command: Command, tmp_path: Path, store: str
) -> None:
    first = written(tmp_path, bom(asset=PACK.replace("1", "7"), partner="BPNL00000000NONE"), "first.json")
    second = written(tmp_path, [bom(), bom(unit="unit:kilogram")], "second.json")
    done = command("--store", store, "import-bom", first, second)
    assert (done.status, done.out) == (1, "")
    told = done.err.splitlines()
    assert told[0].startswith("first.json: childItems[0].businessPartner: businessPartner BPNL00000000NONE is an ")
    assert told[1].startswith("first.json: childItems[0].globalAssetId: globalAssetId 77777777-")
    assert told[2].startswith("second.json: [1].childItems[0].quantity.unit: unit 'kg' does not convert to kWh")
    assert told[3:] == ["refused (INVALID), nothing recorded: 3 faults, 0 warnings"]
    assert command("--store", store, "export", tmp_path / "out").out == "revision 1\n"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ("{", 1, "bom.json: the file is not valid JSON"),
        ('{"globalAssetId": 1, "globalAssetId": 2}', 1, "the key 'globalAssetId' twice"),
        ("[]", 1, "bom.json: the list holds no bill of material [DOCUMENT_FORM]"),
    ],
)
def test_a_file_that_cannot_be_read_is_at_fault(
    command: Command, tmp_path: Path, store: str, content: str, status: int, said: str
) -> None:
    done = command("--store", store, "import-bom", written(tmp_path, content))
    assert (done.status, done.out) == (status, "")
    assert said in done.err


def test_a_file_that_is_not_there_is_a_call_at_fault(command: Command, tmp_path: Path, store: str) -> None:
    done = command("--store", store, "import-bom", tmp_path / "none.json")
    assert done.status == 2
    assert "none.json cannot be read: No such file" in done.err


def test_the_passport_of_the_pack_is_valid_and_sums_to_its_total_without_use(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "passport.json"
    done = command("battery-passport", "pack", *PASSPORT, *LIFE, "--out", out)
    assert (done.status, done.out) == (0, "")
    assert "use, 1,733.1 kg CO2e per battery" in done.err
    document = json.loads(out.read_text("utf-8"))
    assert faults(document, schema("battery/CarbonFootprintForBatteries-1.2.0-schema.json")) == []
    assert document["absoluteCarbonFootprint"] == pytest.approx(5739.944731059588 + 16.641 + 150, rel=1e-12)
    per_kwh = document["absoluteCarbonFootprint"] / (60.48 * 100 * 10)
    assert document["batteryCarbonFootprint"] == pytest.approx(per_kwh, rel=1e-12)
    told = json.loads(command("battery-passport", "pack", *PASSPORT, "--kwh-over-life", 60_480, "--out", "-").out)
    assert told["batteryCarbonFootprint"] == pytest.approx(per_kwh, rel=1e-12)


def test_naming_the_cells_moves_their_making_and_nothing_else(command: Command) -> None:
    def stages(*options: str) -> dict[str, float]:
        document = json.loads(command("battery-passport", "pack", *PASSPORT, *LIFE, "--out", "-", *options).out)
        return {one["lifecycleStage"]: one["carbonFootprint"] for one in document["carbonFootprintPerLifecycleStage"]}

    bought, made = stages(), stages("--main-production", "cell")
    assert made["MainProduction"] > 5 * bought["MainProduction"]
    assert sum(made.values()) == pytest.approx(sum(bought.values()), rel=1e-12)
    assert (made["Distribution"], made["Recycling"]) == (bought["Distribution"], bought["Recycling"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("pack", "--out", "-"), 2, "give the kWh over life, or the capacity in kWh"),
        (("pakc", *LIFE, "--out", "-"), 2, "near: pack"),
        (("pack", *LIFE, "--main-production", "cel", "--out", "-"), 2, "near: cell"),
        (("pack", *LIFE, "--main-production", "lfp", "--out", "-"), 2, "'lfp' cannot be main production"),
        (("pack", *LIFE, "--out", "{}/no/passport.json"), 2, "no file in a folder that is there"),
        (("pack", *LIFE, "--out", "-", "--study", "somewhere"), 2, "no web address"),
        (("cell", "--capacity-kwh", "60", *LIFE, "--out", "-"), 1, "no emission and no supply of stage DISTRIBUTION"),
    ],
)
def test_what_is_not_said_or_not_known_is_refused(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = command("battery-passport", *PASSPORT, *(argument.format(tmp_path) for argument in arguments))
    assert (done.status, done.out) == (status, "")
    assert said in done.err
