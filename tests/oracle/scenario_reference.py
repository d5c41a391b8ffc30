"""A second opinion on what-ifs: the folder's rows edited by hand and solved anew.

Written from ``docs/how-to/scenario.md`` and ``ScenarioInput`` of the contract alone.
"""

from dataclasses import dataclass, field

import numpy as np

from tests.oracle.explaining_reference import resolved
from tests.oracle.folder_reference import AFTER_GATE, Facts, Footprints, Numbers, Row


@dataclass
class Changes:
    """By uid: what to scale, set, and a supply's new amount and share."""

    scaled: dict[str, float] = field(default_factory=dict)
    set_kgco2e: dict[str, float] = field(default_factory=dict)
    supplies: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)


@dataclass
class Refused(Exception):
    """The texts refuse the changes."""

    why: str


def changed(known: Footprints, changes: Changes) -> Footprints:
    """The view of the changed folder; raises ``Refused``, for loops with ``why`` = "loop"."""
    rows = {file: [dict(row) for row in each] for file, each in known.facts.rows.items()}
    facts = Facts(rows, known.facts.day, known.facts.received)
    for row in rows.get("factors", []):
        if row["factor"] in changes.factors:
            row["kgco2e"] = repr(changes.factors[row["factor"]])
    _change_supplies(known, facts, changes)
    for uid, scale in changes.scaled.items():
        _scale(known, facts, uid, scale)
    for uid, kgco2e in changes.set_kgco2e.items():
        _set(known, facts, uid, kgco2e)
    if is_unsolvable(requirements_of(known, facts)):
        raise Refused("loop")
    return resolved(known, facts)


def requirements_of(known: Footprints, facts: Facts) -> Numbers:
    """The changed matrix: what a declaration covers stays covered."""
    requirements = np.zeros((known.count, known.count))
    for row in facts.gate_supplies():
        k = facts.row_of_item[row["output"]]
        if not known.is_declared[k]:
            requirements[facts.row_of_item[row["input"]], k] += facts.coefficient(row)
    return requirements


def is_unsolvable(requirements: Numbers) -> bool:
    """Whether a component has gain 1 or more, but for one with negatives whose own radius is below 1."""
    count = len(requirements)
    reach = np.linalg.matrix_power(np.eye(count) + (requirements != 0), count) > 0
    for i in range(count):
        members = np.flatnonzero(reach[i] & reach[:, i])
        block = requirements[np.ix_(members, members)]
        gain = max(abs(np.linalg.eigvals(abs(block))))
        if gain >= 1 and not ((block < 0).any() and max(abs(np.linalg.eigvals(block))) < 1):
            return True
    return False


def _change_supplies(known: Footprints, facts: Facts, changes: Changes) -> None:
    rows = {row["supply"]: row for row in facts.valid("supplies")}
    for uid, (amount, _) in changes.supplies.items():
        if uid not in rows:
            raise Refused("supply does not hold")
        if amount is not None:
            rows[uid] |= {"amount": repr(amount), "unit": ""}
    shares = {uid: share for uid, (_, share) in changes.supplies.items() if share is not None}
    lines: dict[tuple[str, str], list[Row]] = {}
    for row in rows.values():
        if row.get("line"):
            lines.setdefault((row["output"], row["line"]), []).append(row)
        elif row["supply"] in shares:
            row["share"] = repr(shares[row["supply"]])
    for line in lines.values():
        _share_out(line, shares)


def _share_out(line: list[Row], shares: dict[str, float]) -> None:
    old = {row["supply"]: float(row.get("share") or 1) for row in line}
    if not set(old) & set(shares):
        return
    rest = sum(old.values()) - sum(shares[uid] for uid in old if uid in shares)
    others = sum(share for uid, share in old.items() if uid not in shares)
    if rest < -1e-9 or (others == 0 and abs(rest) > 1e-6):
        raise Refused("shares")
    for row in line:
        uid = row["supply"]
        row["share"] = repr(shares[uid] if uid in shares else old[uid] * max(rest, 0.0) / (others or 1.0))


def _entries(facts: Facts, uid: str, *, is_after_gate: bool) -> list[Row]:
    return [
        row
        for row in facts.valid("emissions")
        if row["item"] == uid and (row.get("stage") in AFTER_GATE) == is_after_gate
    ]


def _scale(known: Footprints, facts: Facts, uid: str, scale: float) -> None:
    declared = _declaration(known, facts, uid)
    rows = _entries(facts, uid, is_after_gate=True)
    rows += [declared] if declared else _entries(facts, uid, is_after_gate=False)
    if not rows:
        raise Refused("nothing to scale")
    for row in rows:
        name = "activity" if row.get("activity") else "kgco2e"
        row[name] = repr(float(row[name]) * scale)


def _set(known: Footprints, facts: Facts, uid: str, kgco2e: float) -> None:
    declared = _declaration(known, facts, uid)
    if declared:
        declared["kgco2e"] = repr(kgco2e)
        return
    gone = [id(row) for row in _entries(facts, uid, is_after_gate=False)]
    kept = [row for row in facts.rows.get("emissions", []) if id(row) not in gone]
    facts.rows["emissions"] = [*kept, {"emission": f"set {uid}", "item": uid, "kgco2e": repr(kgco2e)}]


def _declaration(known: Footprints, facts: Facts, uid: str) -> Row | None:
    row = known.declaration[known.facts.row_of_item[uid]]
    return row and next(each for each in facts.rows["declarations"] if each["declaration"] == row["declaration"])
