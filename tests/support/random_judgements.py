"""What random folders need to be explained and judged: uids, spreads, benchmarks, and how they were at another time."""

import copy
import random
import unicodedata
from collections.abc import Sequence
from itertools import groupby

from tests.support.random_folders import AFTER_GATE_STAGES, RandomFolder, Row

Files = dict[str, list[Row]]
FOOTPRINT = "CARBON_FOOTPRINT"


def explained_folder(seed: int) -> RandomFolder:
    """A random folder with a uid on every row, and spreads on none, some or many."""
    folder, rng = RandomFolder(seed), random.Random(f"explained {seed}")
    for stem, column in (("emissions", "emission"), ("supplies", "supply")):
        for place, row in enumerate(folder.files[stem]):
            row[column] = f"{column} {place}"
    probability = rng.choice((0, 0.1, 0.6))
    for stem in ("emissions", "supplies", "factors"):
        for row in folder.files[stem]:
            row["gsd"] = rng.choice((1, round(rng.uniform(1, 1.6), 3))) if rng.random() < probability else ""
    for row in folder.files["items"]:
        row["category"] = row.get("category", "")
    return folder


def at_another_time(files: Files, rng: random.Random) -> Files:
    """The same folder with items and rows missing and numbers moved; no loop takes more of itself than before."""
    moved = copy.deepcopy(files)
    _lose_items(moved, rng)
    for stem, probability in (("emissions", 0.1), ("declarations", 0.15)):
        moved[stem] = [row for row in moved[stem] if row.get("preceding") or rng.random() > probability]
    moved["declarations"] = _with_all_they_name(moved["declarations"])
    moved["supplies"] = [row for row in moved["supplies"] if row.get("line") or rng.random() > 0.1]
    for row in moved["emissions"]:
        if rng.random() < 0.2:
            _move_emission(row, rng)
    for row in moved["factors"]:
        if rng.random() < 0.3:
            row["kgco2e"] = float(str(row["kgco2e"])) * rng.uniform(0.5, 2)
    for row in moved["supplies"]:
        if rng.random() < 0.2:
            row["amount"] = repr(float(str(row["amount"])) * rng.uniform(0.3, 1))
    for row in moved["items"]:
        if row.get("region") and rng.random() < 0.2:
            row["region"] = rng.choice(moved["regions"])["region"]
    _permute_shares(moved["supplies"], rng)
    _replace_some(moved, rng)
    return moved


def _with_all_they_name(declarations: list[Row]) -> list[Row]:
    """Those whose predecessors are there too: what a declaration names never changes, so it came after them."""
    kept, count = declarations, -1
    while count != len(kept):
        uids, count = {row["declaration"] for row in kept}, len(kept)
        kept = [row for row in kept if uids.issuperset(str(row["preceding"]).split())]
    return kept


def _replace_some(files: Files, rng: random.Random) -> None:
    """Rows that keep their uid and little else. Supplies of items that take nothing close no loop wherever they go."""
    items = [row["item"] for row in files["items"]]
    leaves = sorted({_name(uid) for uid in items} - {_name(row["output"]) for row in files["supplies"]})
    for row in files["supplies"] if leaves else ():
        if row.get("line"):
            continue
        if rng.random() < 0.05:
            row |= {"input": rng.choice(leaves), "amount": "0.2", "unit": ""}
        if _name(row["input"]) in leaves and rng.random() < 0.1:
            row["output"] = rng.choice([uid for uid in items if _name(uid) not in leaves])
        if _name(row["input"]) in leaves and rng.random() < 0.1:
            row["stage"] = rng.choice(("RAW_MATERIAL", *AFTER_GATE_STAGES))
    for row in files["emissions"]:
        if rng.random() < 0.05:
            row["item"] = rng.choice(items)
        if rng.random() < 0.1 and row.get("factor"):
            flow = next(each["flow"] for each in files["factors"] if each["factor"] == row["factor"])
            others = [one["factor"] for one in files["factors"] if one["flow"] == flow and one["kind"] == FOOTPRINT]
            row["factor"] = rng.choice(others)
        if rng.random() < 0.03:
            row |= {"activity": "", "activity_unit": "", "factor": "", "flow": "", "kgco2e": "1.25"}


def _lose_items(files: Files, rng: random.Random) -> None:
    count = rng.choice((0, 1, 1, 2, 4))
    lost = {_name(row["item"]) for row in rng.sample(files["items"], min(count, len(files["items"]) - 2))}
    files["items"] = [row for row in files["items"] if _name(row["item"]) not in lost]
    for stem in ("emissions", "declarations"):
        files[stem] = [row for row in files[stem] if _name(row["item"]) not in lost]
    # A line that loses a substitute would no longer make 1.
    broken = {(_name(row["output"]), row.get("line")) for row in files["supplies"] if _name(row["input"]) in lost}
    files["supplies"] = [
        row
        for row in files["supplies"]
        if not {_name(row["input"]), _name(row["output"])} & lost
        and not (row.get("line") and (_name(row["output"]), row["line"]) in broken)
    ]


def _name(uid: object) -> str:
    return unicodedata.normalize("NFC", str(uid))


def _move_emission(row: Row, rng: random.Random) -> None:
    if not row["kgco2e"] and row["kgco2e"] != 0:
        row["activity"] = repr(float(str(row["activity"])) * rng.uniform(0.3, 2))
        return
    row["kgco2e"] = repr(float(str(row["kgco2e"])) * rng.uniform(0.3, 2))
    if rng.random() < 0.2:
        row["stage"] = rng.choice(("RAW_MATERIAL", "TRANSPORT", *AFTER_GATE_STAGES))


def _permute_shares(supplies: Sequence[Row], rng: random.Random) -> None:
    def segment(row: Row) -> tuple[str, ...]:
        return tuple(_name(row.get(name, "")) for name in ("output", "line", "valid_from", "valid_to"))

    for key, group in groupby(sorted((row for row in supplies if row.get("line")), key=segment), key=segment):
        rows = list(group)
        if key and rng.random() < 0.3:
            shares = [row["share"] for row in rows]
            for row, share in zip(rows, rng.sample(shares, len(shares)), strict=True):
                row["share"] = share
