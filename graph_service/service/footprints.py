"""The footprint of one declared unit of an item, and what explains it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.columns import Columns
from graph_service.engine.rollup import RollUp
from graph_service.engine.trace import GroupSums, Trace, trace
from graph_service.errors import Finding
from graph_service.model.vocabulary import (
    CarbonComponent,
    GapKind,
    HotspotGroup,
    Kind,
    LifeCycleStage,
    StagePerspective,
)
from graph_service.service.findings import footprint_findings
from graph_service.service.ranking import Listing, largest_first
from graph_service.service.snapshots import ViewedGraph
from graph_service.service.unsolvable import unsolvable_loop


@dataclass(frozen=True, slots=True)
class Gap:
    """An upstream item without data; ``amount`` of it, in ``unit``, goes into one declared unit."""

    item_row: int
    kind: GapKind
    amount: float
    unit: str
    tier: int


@dataclass(frozen=True, slots=True)
class StageShare:
    stage: LifeCycleStage
    kgco2e: float
    share: float | None


@dataclass(frozen=True, slots=True)
class ComponentShare:
    component: CarbonComponent
    kgco2e: float


@dataclass(frozen=True, slots=True)
class InputContribution:
    """What one direct supply brings; ``supply_row`` is its row in the facts."""

    supply_row: int
    kgco2e: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Hotspot:
    """Direct emissions of a group times what the total needs of it.

    ``key`` is the group's uid, stage or tier; empty for items to which no supplier, region or category is recorded.
    """

    key: str
    label: str
    item_row: int | None
    supplier_uid: str | None
    kgco2e: float
    share: float | None
    cumulative_share: float | None
    primary_data_share: float | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An item's declared total beside the total traced through its structure, kg CO2e."""

    declared_kgco2e: float
    traced_kgco2e: float | None
    difference_kgco2e: float | None
    relative_difference: float | None
    traced_is_complete: bool


def footprint(graph: ViewedGraph, item_row: int) -> "Footprint":
    """The footprint of the item at a row of the graph's items.

    Raises ``UnsolvableLoop`` where a loop upstream takes one unit or more of itself per unit made.
    """
    roll_up = graph.roll_up()
    if not roll_up.is_computable(to_grave=graph.view.is_to_grave)[item_row]:
        raise unsolvable_loop(graph)
    return Footprint(graph, item_row, roll_up)


def known(value: float) -> float | None:
    """The number, or None where the engine says NaN: unknown."""
    return None if np.isnan(value) else float(value)


class Footprint:
    """One item's footprint in one view. Parts are computed when asked for, the trace once."""

    def __init__(self, graph: ViewedGraph, item_row: int, roll_up: RollUp) -> None:
        self.graph = graph
        self.item_row = item_row
        self._roll_up = roll_up
        self._to_grave = graph.view.is_to_grave

    @cached_property
    def trace(self) -> Trace:
        """How much of every upstream item one declared unit needs; one adjoint solve."""
        return trace(self._roll_up, self.item_row, to_grave=self._to_grave)

    @property
    def _columns(self) -> Columns:
        return self._roll_up.columns(to_grave=self._to_grave)

    def _share(self, kgco2e: float) -> float | None:
        return None if not self.total_kgco2e else float(kgco2e) / self.total_kgco2e

    @cached_property
    def total_kgco2e(self) -> float | None:
        """Without biogenic uptake; None when nothing at all is known."""
        return known(self._roll_up.total_kgco2e(to_grave=self._to_grave)[self.item_row])

    @property
    def direct_kgco2e(self) -> float | None:
        return known(self._roll_up.direct_kgco2e(to_grave=self._to_grave)[self.item_row])

    @property
    def upstream_kgco2e(self) -> float | None:
        return known(self._roll_up.upstream_kgco2e(to_grave=self._to_grave)[self.item_row])

    @property
    def is_complete(self) -> bool:
        return bool(self._roll_up.is_complete(to_grave=self._to_grave)[self.item_row])

    @property
    def loop_gain(self) -> float:
        return float(self._roll_up.loop_gain(to_grave=self._to_grave)[self.item_row])

    def column(self, name: str) -> float | None:
        """A quality column by its name in ``Columns``, e.g. ``primary_data_share``; None where unknown."""
        return known(getattr(self._columns, name)[self.item_row])

    @property
    def residual_kgco2e(self) -> float | None:
        return None if self.total_kgco2e is None else self.trace.residual_kgco2e

    def gaps(self) -> Sequence[Gap]:
        """Upstream items without data, ordered by tier, item uid."""
        found = self.trace.gaps()
        items = self.graph.day.facts.items
        uids = items["uid"].take(pa.array(found.item_row))
        order = np.asarray(
            pc.sort_indices(
                pa.table({"tier": found.tier, "uid": uids}), sort_keys=[("tier", "ascending"), ("uid", "ascending")]
            )
        )
        kinds = list(GapKind)

        def build(places: range) -> list[Gap]:
            chosen = order[places.start : places.stop : places.step]
            rows = found.item_row[chosen]
            units = items["declared_unit"].take(pa.array(rows)).to_pylist()
            shown = zip(rows, found.kind[chosen], found.amount[chosen], units, found.tier[chosen], strict=True)
            return [
                Gap(int(row), kinds[kind], float(amount), unit, int(tier)) for row, kind, amount, unit, tier in shown
            ]

        return Listing(len(order), build)

    def by_stage(self, perspective: StagePerspective) -> list[StageShare]:
        """All stages in order, summing to the total; none where the total is unknown."""
        if self.total_kgco2e is None:
            return []
        kgco2e = self.trace.stage_kgco2e(perspective is StagePerspective.REPORTING_ITEM)
        return [StageShare(stage, float(kg), self._share(kg)) for stage, kg in zip(LifeCycleStage, kgco2e, strict=True)]

    def by_carbon_component(self) -> list[ComponentShare]:
        """All components in order; all but BIOGENIC_UPTAKE sum to the total. None where that is unknown."""
        if self.total_kgco2e is None:
            return []
        kgco2e = self._columns.component_kgco2e[self.item_row]
        return [ComponentShare(component, float(kg)) for component, kg in zip(CarbonComponent, kgco2e, strict=True)]

    def input_contributions(self) -> Sequence[InputContribution]:
        """What each direct input brings, largest absolute first, then by supply uid.

        With the direct footprint they sum to the total. Inputs about which nothing is known are gaps, not zeros.
        """
        inputs = self.trace.inputs()
        is_known = ~np.isnan(inputs.kgco2e)
        rows, kgco2e = self.graph.day.supply_rows[inputs.supply[is_known]], inputs.kgco2e[is_known]
        uids = self.graph.day.facts.tables[Kind.SUPPLY]["uid"]
        order = largest_first(kgco2e, names=lambda tied: uids.take(pa.array(rows[tied])))

        def build(places: range) -> list[InputContribution]:
            chosen = order[places.start : places.stop : places.step]
            return [InputContribution(int(rows[at]), float(kgco2e[at]), self._share(kgco2e[at])) for at in chosen]

        return Listing(len(order), build)

    def hotspots(self, by: HotspotGroup) -> Sequence[Hotspot]:
        """Where in the whole upstream the carbon is emitted, largest absolute first, then by key; sums to the total."""
        if self.total_kgco2e is None:
            return []
        keys, sums = self._grouped(by)
        shown = np.flatnonzero(sums.kgco2e != 0)
        names = None if by is HotspotGroup.TIER else (lambda tied: keys.take(pa.array(shown[tied])))
        groups = shown[largest_first(sums.kgco2e[shown], names=names)]
        running = np.cumsum(sums.kgco2e[groups])

        def build(places: range) -> list[Hotspot]:
            chosen = groups[places.start : places.stop : places.step]
            uids = keys.take(pa.array(chosen)).to_pylist()
            labels = self._item_names(chosen) if by is HotspotGroup.ITEM else self._labels(by, uids)
            return [
                Hotspot(
                    key=key,
                    label=label,
                    item_row=int(group) if by is HotspotGroup.ITEM else None,
                    supplier_uid=key if by is HotspotGroup.SUPPLIER and key else None,
                    kgco2e=float(sums.kgco2e[group]),
                    share=self._share(sums.kgco2e[group]),
                    cumulative_share=self._share(running[place]),
                    primary_data_share=known(sums.primary_data_share[group]),
                )
                for place, group, key, label in zip(places, chosen, uids, labels, strict=True)
            ]

        return Listing(len(groups), build)

    def _grouped(self, by: HotspotGroup) -> tuple[pa.Array | pa.ChunkedArray, GroupSums]:
        """Keys and sums of every group; for ITEM the groups are the item rows."""
        items = self.graph.day.facts.items
        if by is HotspotGroup.STAGE:
            return pa.array([stage.value for stage in LifeCycleStage]), self.trace.group_by_stage()
        if by is HotspotGroup.TIER:
            tiers = np.maximum(self.trace.tier, 0)
            count = int(tiers.max(initial=0)) + 1
            return pa.array([str(tier) for tier in range(count)]), self.trace.group(tiers, count)
        if by is HotspotGroup.ITEM:
            return items["uid"], self.trace.group(np.arange(items.num_rows, dtype=np.int32), items.num_rows)
        column = {
            HotspotGroup.SUPPLIER: "supplier_uid",
            HotspotGroup.REGION: "region_uid",
            HotspotGroup.CATEGORY: "category",
        }[by]
        encoded = pc.fill_null(items[column], "").combine_chunks().dictionary_encode()
        return encoded.dictionary, self.trace.group(encoded.indices.to_numpy(), len(encoded.dictionary))

    def _item_names(self, item_rows: npt.NDArray[np.int64]) -> list[str]:
        names: list[str] = self.graph.day.facts.items["name"].take(pa.array(item_rows)).to_pylist()
        return names

    def _labels(self, by: HotspotGroup, keys: Sequence[str]) -> list[str]:
        kinds = {HotspotGroup.SUPPLIER: Kind.SUPPLIER, HotspotGroup.REGION: Kind.REGION}
        names: dict[str, str] = {}
        if by in kinds:
            table = self.graph.day.facts.tables[kinds[by]].select(["uid", "name"])
            chosen = table.filter(pc.is_in(table["uid"], value_set=pa.array(keys, pa.string())))
            names = dict(zip(chosen["uid"].to_pylist(), chosen["name"].to_pylist(), strict=True))
        absent = f"no {by.value.lower()} recorded"
        if by is HotspotGroup.TIER:
            return [f"tier {key}" for key in keys]
        return [names.get(key, key) if key else absent for key in keys]

    def reconciliation(self) -> Reconciliation | None:
        """Declared beside traced; None unless the item has a valid declaration and structure of its own."""
        day, row = self.graph.day, self.item_row
        held = np.flatnonzero(day.snapshot.declarations.item_row == row)
        traced = day.roll_up(is_traced=True)
        if not len(held) or day.snapshot.declarations.is_expired[held[0]] or traced.declaration_of_item[row] >= 0:
            return None
        declared_first = day.roll_up(is_traced=False)
        declared_kgco2e = float(declared_first.total_kgco2e(to_grave=self._to_grave)[row])
        traced_kgco2e = known(traced.total_kgco2e(to_grave=self._to_grave)[row])
        difference = None if traced_kgco2e is None else declared_kgco2e - traced_kgco2e
        relative = None if difference is None or not traced_kgco2e else difference / traced_kgco2e
        is_complete = bool(traced.is_complete(to_grave=self._to_grave)[row])
        return Reconciliation(declared_kgco2e, traced_kgco2e, difference, relative, is_complete)

    def findings(self) -> list[Finding]:
        """What a reader must know of the facts behind the total."""
        return footprint_findings(self.graph, self._roll_up, self.trace, self.item_row)
