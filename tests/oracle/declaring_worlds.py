"""Random worlds for declarations: items in loops, shared names, units that convert; and random pushed footprints."""

import json
import random
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from tests.oracle.declaring_reference import Emission, Item, Supplier, Supply, World, years_after
from tests.support.pact_documents import v2_document, v3_document

EDGES = (date(2025, 7, 1), date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 15), date(2026, 6, 1), date(2027, 2, 28))
"""Days on which something may start or end."""
NAMES = ("cell", "café", "电芯", "Straße", "Ωmega", "a b")
UNITS = ("kg", "t", "pc", "kWh", "m3")
SIZES = {"kg": 1.0, "t": 1000.0, "g": 0.001, "kWh": 1.0, "MJ": 1 / 3.6, "pc": 1.0, "m3": 1.0}
PACT_UNITS = {"kg": "kilogram", "pc": "piece", "kWh": "kilowatt hour", "MJ": "megajoule", "m3": "cubic meter"}


@dataclass(frozen=True)
class Push:
    """A footprint as its sender gives it, kilograms per declared unit of the document."""

    door: str
    """short, v3, v2 or row."""
    names: tuple[str, ...]
    kgco2e: float
    period_end: date
    valid_from: date
    valid_to: date | None = None
    companies: tuple[str, ...] = ()
    unit: str | None = None
    amount: float | None = None
    mass_kg: float | None = None
    uptake_kgco2e: float | None = None
    primary: float | None = None
    is_verified: bool | None = None
    gwp_set: str | None = "AR6"
    preceding: tuple[str, ...] = ()
    uid: str | None = None

    @property
    def period_start(self) -> date:
        return self.period_end - timedelta(days=365)

    def short(self) -> dict[str, Any]:
        values = {
            "item": self.names[0],
            "kgCO2e": self.kgco2e,
            "biogenicUptakeKgCO2e": self.uptake_kgco2e,
            "validFrom": self.valid_from.isoformat(),
            "validTo": self.valid_to and self.valid_to.isoformat(),
            "referencePeriodStart": self.period_start.isoformat(),
            "referencePeriodEnd": self.period_end.isoformat(),
            "primaryDataShare": self.primary,
            "isVerified": self.is_verified,
            "gwpSet": self.gwp_set,
            "precedingUids": list(self.preceding) or None,
        }
        return {name: value for name, value in values.items() if value is not None}

    def row(self) -> dict[str, str]:
        """A row of the table, or of declarations.csv: names of columns and texts."""
        is_uid = len(self.names) == 1 and not self.names[0].startswith("urn:")
        values = {
            "item": self.names[0] if is_uid else None,
            "product_ids": None if is_uid else " ".join(self.names),
            "company_ids": " ".join(self.companies),
            "declared_unit": self.unit,
            "kgco2e": self.kgco2e,
            "declared_unit_amount": self.amount,
            "product_mass_kg": self.mass_kg,
            "biogenic_uptake_kgco2e": self.uptake_kgco2e,
            "reference_period_start": self.period_start,
            "reference_period_end": self.period_end,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "primary_data_share": self.primary,
            "gwp_set": self.gwp_set,
            "preceding": " ".join(self.preceding),
            "is_verified": None if self.is_verified is None else str(self.is_verified).lower(),
            "declaration": self.uid,
        }
        return {name: str(value) for name, value in values.items() if value not in (None, "")}

    def document(self) -> dict[str, Any]:
        """A PACT document, V3 or V2."""
        return self._v3() if self.door == "v3" else self._v2()

    def _v3(self) -> dict[str, Any]:
        verified = {"providerName": "TÜV", "completedAt": "2025-03-01T10:00:00Z", "standardName": "ISO 14067"}
        document = v3_document(
            **self._periods(),
            declaredUnitOfMeasurement=PACT_UNITS[self.unit or "kg"],
            declaredUnitAmount=_text(self.amount or 1),
            productMassPerDeclaredUnit=_text(self.mass_kg or 0),
            pcfExcludingBiogenicUptake=_text(self.kgco2e),
            pcfIncludingBiogenicUptake=_text(self.kgco2e + (self.uptake_kgco2e or 0)),
            biogenicCO2Uptake=_text(self.uptake_kgco2e),
            fossilGhgEmissions=_text(max(self.kgco2e, 0)),
            landUseChangeGhgEmissions=None,
            fossilCarbonContent="0",
            primaryDataShare=None if self.primary is None else _text(self.primary * 100),
            verification=verified if self.is_verified else None,
            ipccCharacterizationFactors=[self.gwp_set],
        )
        document |= self._validity() | {"precedingPfIds": list(self.preceding) or None}
        return self._named(document)

    def _v2(self) -> dict[str, Any]:
        document = v2_document(
            **self._periods(),
            declaredUnit=PACT_UNITS[self.unit or "kg"],
            unitaryProductAmount=_text(self.amount or 1),
            productMassPerDeclaredUnit=_text(self.mass_kg or 0),
            pCfExcludingBiogenic=_text(self.kgco2e),
            pCfIncludingBiogenic=_text(self.kgco2e + (self.uptake_kgco2e or 0)),
            biogenicCarbonWithdrawal=_text(self.uptake_kgco2e),
            fossilGhgEmissions=_text(max(self.kgco2e, 0)),
            dLucGhgEmissions=None,
            landManagementGhgEmissions=None,
            otherBiogenicGhgEmissions=None,
            fossilCarbonContent="0",
            biogenicCarbonContent="0",
            primaryDataShare=None if self.primary is None else self.primary * 100,
            assurance={"assurance": True, "providerName": "SGS"} if self.is_verified else None,
            characterizationFactors=self.gwp_set,
            ipccCharacterizationFactorsSources=[self.gwp_set],
        )
        document |= self._validity() | {"version": 0, "precedingPfIds": list(self.preceding) or None}
        return self._named(document)

    def _periods(self) -> dict[str, Any]:
        return {
            "referencePeriodStart": f"{self.period_start}T00:00:00Z",
            "referencePeriodEnd": f"{self.period_end}T00:00:00Z",
        }

    def _validity(self) -> dict[str, Any]:
        if self.valid_to is None:
            return {}
        return {
            "validityPeriodStart": f"{self.valid_from}T00:00:00Z",
            "validityPeriodEnd": f"{self.valid_to}T00:00:00Z",
        }

    def _named(self, document: dict[str, Any]) -> dict[str, Any]:
        document |= {"id": self.uid, "productIds": list(self.names), "companyIds": list(self.companies)}
        return {name: value for name, value in document.items() if value is not None}

    def content(self) -> str:
        """A text that is the same for the same content."""
        given = self.short() if self.door == "short" else self.row() if self.door == "row" else self.document()
        return f"{self.door} {json.dumps(given, sort_keys=True)}"


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:.10f}".rstrip("0").rstrip(".")


def random_world(rng: random.Random) -> World:
    """5 to 12 items in loops, some without data, of suppliers with and without rules."""
    world = World()
    for number in range(rng.randint(1, 3)):
        rule = rng.choice(("REVIEW", "REVIEW", "CLEAN", "ALWAYS"))
        tolerance = rng.choice((None, None, 0.2, 1.0))
        names = (f"urn:company:{'ABC'[number]}ß", "urn:company:shared")[: rng.choice((0, 1, 1, 2))]
        world.suppliers[f"s{number}"] = Supplier(f"s{number}", names, rule, tolerance)
    count = rng.randint(5, 12)
    for number in range(count):
        uid = f"{rng.choice(NAMES)}-{number}"
        world.items[uid] = _item(rng, uid, number, world)
    uids = list(world.items)
    for uid in uids:
        for _ in range(rng.choice((0, 1, 1, 2))):
            stage = rng.choice(("MANUFACTURING", "RAW_MATERIAL", "MANUFACTURING", "USE"))
            name = f"e{len(world.emissions)}"
            world.emissions[name] = Emission(uid, rng.choice((0.0, 1.5, 7.0, 40.0, -0.5)), stage, *_validity(rng))
    for output in uids:
        for source in rng.sample(uids, rng.choice((0, 0, 1, 2, 3))):
            world.supplies[f"y{len(world.supplies)}"] = _supply(rng, world, source, output)
    return world


def _item(rng: random.Random, uid: str, number: int, world: World) -> Item:
    unit = rng.choice(UNITS)
    shared = rng.choice((None, None, "urn:part:Shared-É", "urn:gtin:4712345060507"))
    names = [name for name in (f"urn:part:É-{number}", shared) if name and rng.random() < 0.9]
    others = [name for name in ("m3", "kWh", "kg", "pc") if not _same_dimension(name, unit)]
    equivalent = (rng.choice((0.5, 3.0, 60.48)), rng.choice(others)) if rng.random() < 0.5 else None
    # A mass beside another weight is told as doubtful; where both are, they agree.
    mass_kg = SIZES[unit] if unit in ("kg", "t") else rng.choice((None, 2.5))
    if equivalent is not None and equivalent[1] == "kg":
        mass_kg = equivalent[0]
    supplier = rng.choice((None, *world.suppliers))
    return Item(uid, unit, supplier, tuple(names), (equivalent,) if equivalent else (), rng.choice((None, mass_kg)))


def _same_dimension(unit: str, other: str) -> bool:
    return unit == other or {unit, other} == {"kg", "t"}


def _validity(rng: random.Random) -> tuple[date | None, date | None]:
    if rng.random() < 0.7:
        return None, None
    start, end = sorted(rng.sample(EDGES, 2))
    return rng.choice(((start, None), (None, end), (start, end)))


def _supply(rng: random.Random, world: World, source: str, output: str) -> Supply:
    """Few units of the input, so that no loop gains."""
    unit = rng.choice((None, "t" if world.items[source].unit == "kg" else None))
    return Supply(source, output, rng.choice((0.05, 0.1, 0.25)) / (1000 if unit else 1), unit, *_validity(rng))


@dataclass
class Pushes:
    """Makes random footprints of a world's items, each of another content."""

    rng: random.Random
    world: World
    made: int = 0
    sent: list[Push] = field(default_factory=list)

    def one(self, door: str, *, world: World) -> Push:
        self.made += 1
        rng, item = self.rng, self.rng.choice(list(world.items.values()))
        end = rng.choice((date(2022, 1, 1), date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1), date(2024, 2, 29)))
        start = rng.choice((*EDGES[:5], end))
        start = min(max(start, end), years_after(end, 3) - timedelta(days=20))
        push = Push(
            door,
            (item.uid,),
            kgco2e=round(rng.choice((0.0, 1.0, 5.0, 30.0, 200.0)) + self.made / 1000, 3),
            period_end=end,
            valid_from=start,
            valid_to=rng.choice((None, *(day for day in EDGES if start < day))),
            uptake_kgco2e=rng.choice((None, -0.25)),
            primary=rng.choice((None, 0.5, 0.8)),
            is_verified=rng.choice((None, False, True)),
            gwp_set=rng.choice(("AR6", "AR6", "AR6", "AR5")),
            preceding=self._preceding(item, world),
        )
        return self._named(self._of_document(push, item), item)

    def _preceding(self, item: Item, world: World) -> tuple[str, ...]:
        own = [one.uid for one in world.declared.values() if one.item == item.uid]
        if own and self.rng.random() < 0.5:
            return tuple(self.rng.sample(own, min(len(own), self.rng.choice((1, 1, 1, 2)))))
        if self.rng.random() < 0.08:
            return (self.rng.choice([*world.declared, self.new_uuid()]),)
        return ()

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def _of_document(self, push: Push, item: Item) -> Push:
        """The push in a unit of its own where the door has units."""
        if push.door == "short":
            return replace(push, is_verified=bool(push.is_verified))
        rng, uid = self.rng, self.new_uuid() if push.door in ("v3", "v2") else None
        if push.door == "row" and rng.random() < 0.6:
            return push
        choices = [unit for unit in ("kg", "MJ", "kWh", "pc", "m3") if push.door != "v2" or unit != "pc"]
        unit = rng.choice((item.unit, item.unit, *choices))
        unit = unit if unit in choices else "kg"
        mass_kg = 1.0 if unit == "kg" else rng.choice((None, 2.5))
        amount = rng.choice((1.0, 1.0, 1.0, 12.5))
        if push.door in ("v3", "v2"):
            push = self._within_three_years(push)
            push = replace(push, preceding=tuple(name for name in push.preceding if name.count("-") == 4))
        return replace(push, uid=uid, unit=unit, amount=amount, mass_kg=mass_kg)

    def _within_three_years(self, push: Push) -> Push:
        """A validity as PACT allows it: both ends, or none and so the three years from the end of the period."""
        latest = years_after(push.period_end, 3)
        if push.valid_to and push.valid_from < push.valid_to <= latest:
            return push
        return replace(push, valid_from=push.period_end, valid_to=None)

    def _named(self, push: Push, item: Item) -> Push:
        rng, is_document = self.rng, push.door in ("v3", "v2")
        if rng.random() < 0.12:
            names: tuple[str, ...] = (f"urn:part:nobody-{self.made % 3}" if is_document else f"nobody-{self.made % 3}",)
        elif item.identifiers and (is_document or rng.random() < 0.5):
            names = tuple(rng.sample(item.identifiers, rng.choice((1, len(item.identifiers)))))
            names = names if push.door != "short" else names[:1]
        else:
            names = (f"urn:part:nobody-{self.made % 3}",) if is_document else (item.uid,)
        supplier = self.world.suppliers.get(item.supplier or "")
        companies: tuple[str, ...] = ()
        if is_document or (push.door == "row" and rng.random() < 0.4):
            known = supplier.identifiers if supplier else ()
            foreign = ("urn:company:nobody",)
            companies = rng.choice((known or foreign, known or foreign, foreign, ("urn:company:Aß",)))
        return replace(push, names=tuple(map(self._varied, names)), companies=tuple(map(self._varied, companies)))

    def _varied(self, name: str) -> str:
        """The name, or the same in other letters."""
        varied = self.rng.choice((name, name, name.upper(), name.lower(), unicodedata.normalize("NFD", name)))
        return varied if not varied.upper().startswith("URN:") else "urn:" + varied[4:]


def batch_of(world: World) -> Mapping[str, Any]:
    """The world's facts as a batch of ``applyChanges``."""
    return {
        "suppliers": [_supplier_input(one) for one in world.suppliers.values()],
        "items": [_item_input(one) for one in world.items.values()],
        "emissions": [emission_input(uid, one) for uid, one in world.emissions.items()],
        "supplies": [supply_input(uid, one) for uid, one in world.supplies.items()],
    }


def _supplier_input(one: Supplier) -> dict[str, Any]:
    rule = {"acceptance": one.acceptance, "acceptanceTolerance": one.tolerance}
    return {"uid": one.uid, "name": one.uid, "identifiers": list(one.identifiers), **_given(rule)}


def _item_input(one: Item) -> dict[str, Any]:
    equivalents = [{"amount": amount, "unit": unit} for amount, unit in one.equivalents]
    given = {"supplier": one.supplier, "massKgPerDeclaredUnit": one.mass_kg}
    base = {"uid": one.uid, "declaredUnit": one.unit, "identifiers": list(one.identifiers), "equivalents": equivalents}
    return {**base, **_given(given)}


def emission_input(uid: str, one: Emission) -> dict[str, Any]:
    days = {"validFrom": one.valid_from, "validTo": one.valid_to}
    return {"uid": uid, "item": one.item, "kgCO2e": one.kgco2e, "stage": one.stage, **_given(days)}


def supply_input(uid: str, one: Supply) -> dict[str, Any]:
    days = {"validFrom": one.valid_from, "validTo": one.valid_to, "unit": one.unit}
    return {"uid": uid, "input": one.input, "output": one.output, "amount": one.amount, **_given(days)}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value is not None
    }
