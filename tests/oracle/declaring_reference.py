"""A second opinion on declarations: which one is in force where, and what that makes of every total.

Written from issue 5, ``contract/schema.graphql``, ``contract/dataset.md`` and the pages for suppliers, without a line
of the service. Plain dictionaries and full matrices; small worlds only.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

UNITS = {
    "kg": ("mass", 1.0),
    "kilogram": ("mass", 1.0),
    "g": ("mass", 0.001),
    "t": ("mass", 1000.0),
    "kWh": ("energy", 3.6),
    "kilowatt hour": ("energy", 3.6),
    "MJ": ("energy", 1.0),
    "megajoule": ("energy", 1.0),
    "pc": ("pieces", 1.0),
    "piece": ("pieces", 1.0),
    "m3": ("volume", 1.0),
    "cubic meter": ("volume", 1.0),
    "liter": ("volume", 0.001),
}
"""Dimension, and how many of the dimension's first unit one is."""

MOST_DIFFERENCE = 0.5
"""From where on a footprint is told to differ from its predecessor or from the traced total."""


@dataclass
class Item:
    uid: str
    unit: str
    supplier: str | None = None
    identifiers: tuple[str, ...] = ()
    equivalents: tuple[tuple[float, str], ...] = ()
    mass_kg: float | None = None


@dataclass
class Supplier:
    uid: str
    identifiers: tuple[str, ...] = ()
    acceptance: str = "REVIEW"
    tolerance: float | None = None


@dataclass
class Emission:
    item: str
    kgco2e: float
    stage: str = "MANUFACTURING"
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass
class Supply:
    input: str
    output: str
    amount: float
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass
class Declared:
    """A recorded declaration; kilograms per declared unit of its item."""

    uid: str
    item: str
    kgco2e: float
    uptake_kgco2e: float | None
    primary: float | None
    is_verified: bool | None
    period_end: date
    valid_from: date
    valid_to: date
    preceding: tuple[str, ...]
    """Those of the same item that were known when it came: the ones that it replaces."""
    received: int
    review: str
    """Its own state, as if nothing had replaced it; "WITHDRAWN" where it was deprecated by a review."""
    replaces: bool = False
    """Whether it has the force to deprecate its predecessors: accepted, or accepted until it was withdrawn."""


@dataclass
class Waiting:
    uid: str
    reason: str
    sender: str
    content: str


def key_of(identifier: str) -> str:
    """What an identifier is compared by: NFC, any case, spaces around left out, a GTIN in 14 digits."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", identifier.strip()).casefold())
    head, separator, digits = text.rpartition(":")
    return f"{head}:{digits.zfill(14)}" if separator and head == "urn:gtin" else text


def years_after(day: date, years: int) -> date:
    """The same day years later; the 29th of February is the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def ways_to_convert(
    item: Item, unit: str | None, *, amount: float | None, mass_kg: float | None
) -> list[tuple[str, float]]:
    """How many units of a document make one declared unit of the item, by each way that leads there, best first."""
    if unit is None:
        return [("same", 1.0)]
    (own, own_size), (dimension, size) = UNITS[item.unit], UNITS[unit]
    ways = [("definition", own_size / size)] if own == dimension else []
    ways += [
        ("equivalent", quantity * UNITS[name][1] / size)
        for quantity, name in item.equivalents
        if UNITS[name][0] == dimension
    ]
    if item.mass_kg and dimension == "mass":
        ways.append(("item mass", item.mass_kg / size))
    if own == "mass" and mass_kg:
        ways.append(("document mass", own_size / mass_kg))
    if own == "pieces" and amount:
        ways.append(("amount", amount))
    return ways


@dataclass
class World:
    """All that is recorded, as of one revision."""

    items: dict[str, Item] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    emissions: dict[str, Emission] = field(default_factory=dict)
    supplies: dict[str, Supply] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def copy(self) -> "World":
        return deepcopy(self)

    # ------------------------------------------------------------ which item is meant

    def found_items(self, names: Iterable[str], *, sender: str | None) -> list[Item]:
        """Items that have any of the names, as far as the sender (a supplier; None: the leader) may see them."""
        keys = {key_of(name) for name in names}
        return [
            item
            for item in self.items.values()
            if (sender is None or item.supplier == sender)
            and keys & {key_of(name) for name in (item.uid, *item.identifiers)}
        ]

    def match(
        self, names: Iterable[str], companies: Iterable[str] = (), *, sender: str | None = None
    ) -> tuple[Item | None, str | None]:
        """The item meant and the finding about it: ITEM_UNKNOWN, ITEM_AMBIGUOUS or COMPANY_UNKNOWN."""
        names = tuple(names)
        found = self.found_items(names, sender=sender)
        exact = [item for item in found if item.uid in {unicodedata.normalize("NFC", name) for name in names}]
        found = exact if len(exact) == 1 else found
        keys = {key_of(company) for company in companies}
        named = {
            one.uid
            for one in self.suppliers.values()
            if sender in (None, one.uid) and keys & {key_of(name) for name in one.identifiers}
        }
        if not found:
            return None, "ITEM_UNKNOWN"
        fitting = [item for item in found if item.supplier in named] if named else found
        fitting = fitting or [item for item in found if item.supplier is None]
        if len(fitting) != 1:
            return None, "ITEM_AMBIGUOUS"
        has_names = sender is None or bool(self.suppliers[sender].identifiers)
        return fitting[0], "COMPANY_UNKNOWN" if keys and not named and has_names else None

    # ------------------------------------------------------------ states

    def successors(self, uid: str) -> list[Declared]:
        """Those that deprecate it: accepted ones, also after they were withdrawn or replaced in turn."""
        return [one for one in self.declared.values() if uid in one.preceding and one.replaces]

    def state(self, uid: str) -> str:
        one = self.declared[uid]
        is_replaced = one.review != "REJECTED" and bool(self.successors(uid))
        return "DEPRECATED" if one.review == "WITHDRAWN" or is_replaced else one.review

    def counts(self, one: Declared, day: date) -> bool:
        """Whether it has force on the day as far as reviews say: accepted, and no successor holds yet."""
        if one.review != "ACCEPTED" or one.valid_from > day:
            return False
        return self.state(one.uid) == "ACCEPTED" or not any(
            after.valid_from <= day for after in self.declared.values() if self.names(after, one.uid)
        )

    def names(self, after: Declared, uid: str) -> bool:
        """Whether it was accepted and names the other as its predecessor."""
        return uid in after.preceding and (after.replaces or after.review == "ACCEPTED")

    def accept(self, uid: str) -> None:
        self.declared[uid].review, self.declared[uid].replaces = "ACCEPTED", True

    def withdraw(self, uid: str) -> None:
        self.declared[uid].review = "WITHDRAWN"

    def send_back(self, uid: str, review: str) -> None:
        one = self.declared[uid]
        for other in self.declared.values():  # what two replaced stays replaced by the other
            if one.replaces and other.review == "ACCEPTED" and set(other.preceding) & set(one.preceding):
                other.replaces = True
        one.review, one.replaces = review, False

    def take_over(self, uid: str) -> None:
        """As a row of a data set: accepted, and what it names loses only while it holds itself."""
        self.declared[uid].review = "ACCEPTED"

    # ------------------------------------------------------------ totals

    def at(self, day: date, *, is_traced: bool = False) -> "Totals":
        return Totals(self, day, is_traced)


def holds(fact: Emission | Supply, day: date) -> bool:
    return (fact.valid_from is None or fact.valid_from <= day) and (fact.valid_to is None or day < fact.valid_to)


class Totals:
    """Cradle-to-gate totals of a world as of a day, on one basis: p = d + Aᵀp by full matrices."""

    def __init__(self, world: World, day: date, is_traced: bool) -> None:
        self.world, self.day, self.is_traced = world, day, is_traced
        self.uids = sorted(world.items)
        self.row = {uid: row for row, uid in enumerate(self.uids)}
        self.emissions = [one for one in world.emissions.values() if holds(one, day) and one.stage != "USE"]
        self.supplies = [one for one in world.supplies.values() if holds(one, day)]
        self.emitting = {one.item for one in self.emissions}
        self.supplied = {one.output for one in self.supplies}
        self.force = {uid: self.in_force(uid) for uid in self.uids}
        self._solve()

    def has_structure(self, uid: str) -> bool:
        return uid in self.emitting or uid in self.supplied

    def is_expired(self, one: Declared) -> bool:
        return one.valid_to <= self.day

    def in_force(self, uid: str) -> Declared | None:
        """The declaration that stands in for the item's upstream."""
        if self.is_traced and self.has_structure(uid):
            return None
        begun = [one for one in self.world.declared.values() if one.item == uid and self.world.counts(one, self.day)]
        valid = [one for one in begun if not self.is_expired(one)]
        candidates = valid or ([] if self.has_structure(uid) else begun)
        named = {before for one in candidates for before in one.preceding}
        left = [one for one in candidates if one.uid not in named]
        return max(left, key=lambda one: (one.period_end, one.received, one.uid), default=None)

    def _solve(self) -> None:
        count = len(self.uids)
        requirements, direct = np.zeros((count, count)), np.zeros(count)
        for supply in self.supplies:
            if self.force[supply.output] is None:
                given = ways_to_convert(self.world.items[supply.input], supply.unit, amount=None, mass_kg=None)
                requirements[self.row[supply.input], self.row[supply.output]] += supply.amount / given[0][1]
        for emission in self.emissions:
            if self.force[emission.item] is None:
                direct[self.row[emission.item]] += emission.kgco2e
        for uid, one in self.force.items():
            if one is not None:
                direct[self.row[uid]] = one.kgco2e
        self.requirements, self.direct_kgco2e = requirements, direct
        self.reached = self._reached()
        self.activity = np.linalg.inv(np.eye(count) - requirements) * self.reached
        """[i, j]: declared units of i that one of j takes."""
        self.total_kgco2e: Numbers = direct @ self.activity
        self.scale_kgco2e: Numbers = abs(direct) @ (np.linalg.inv(np.eye(count) - abs(requirements)) * self.reached)

    def _reached(self) -> npt.NDArray[np.bool_]:
        """[i, j]: whether i lies upstream of j, or is j."""
        reached = np.eye(len(self.uids), dtype=bool)
        step = self.requirements != 0
        for _ in self.uids:
            reached = reached | (step @ reached)
        return reached

    def upstream(self, uid: str) -> list[str]:
        """The item and all upstream of it."""
        return [self.uids[row] for row in np.flatnonzero(self.reached[:, self.row[uid]])]

    def has_data(self, uid: str) -> bool:
        return uid in self.emitting or self.force[uid] is not None

    def total(self, uid: str) -> float | None:
        """kg CO2e per declared unit; None where nothing at all is known."""
        is_known = any(self.has_data(one) for one in self.upstream(uid))
        return float(self.total_kgco2e[self.row[uid]]) if is_known else None

    def is_complete(self, uid: str) -> bool:
        return all(self.has_data(one) for one in self.upstream(uid))

    def used(self, uid: str) -> list[Declared]:
        """Declarations in force upstream of the item."""
        return [one for upstream in self.upstream(uid) if (one := self.force[upstream])]

    def finding_codes(self, uid: str) -> set[str]:
        """What the texts promise that a reader is told of declarations."""
        used = self.used(uid)
        told = {"EXPIRED_DECLARATION_USED"} if any(self.is_expired(one) for one in used) else set()
        told |= {"PRIMARY_SHARE_UNKNOWN"} if any(one.primary is None for one in used) else set()
        told |= {"VERIFICATION_UNKNOWN"} if any(one.is_verified is None for one in used) else set()
        return told | ({"DEPRECATED_DECLARATION"} if any(map(self.lost_one, self.upstream(uid))) else set())

    def lost_one(self, uid: str) -> bool:
        """Whether a declaration that counted, or would on the day, was deprecated."""
        return any(
            one.item == uid and self.world.state(one.uid) == "DEPRECATED" and one.valid_from <= self.day < one.valid_to
            for one in self.world.declared.values()
        )

    def reconciliations(self, products: Iterable[str]) -> dict[str, tuple[Declared, float, float | None, bool, float]]:
        """Of each item both declared and traced: declaration, declared, traced, whether complete, factor of the effect.

        The factor is how many of the item the products take together; without products 1.
        """
        traced, products = Totals(self.world, self.day, is_traced=True), list(products)
        found = {}
        for uid, one in self.force.items():
            if one is None or not self.has_structure(uid):
                continue
            taken = sum(float(self.activity[self.row[uid], self.row[product]]) for product in products)
            found[uid] = (one, one.kgco2e, traced.total(uid), traced.is_complete(uid), taken if products else 1.0)
        return found


def differs(kgco2e: float, other_kgco2e: float, most: float = MOST_DIFFERENCE) -> bool:
    """Whether a number is further from another than the share of it."""
    return abs(kgco2e - other_kgco2e) > most * abs(other_kgco2e)


def codes_of(findings: Iterable[Mapping[str, str]]) -> set[str]:
    return {finding["code"] for finding in findings}
