"""The numbers of a footprint, and the parts that explain it without leading to other facts."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import strawberry

from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import CarbonComponent, GapKind, LifeCycleStage, Severity, StagePerspective
from graph_service.api.graphql.views import View
from graph_service.errors import Finding as FindingFact
from graph_service.service.footprints import Footprint as FootprintFact

Result = TypeVar("Result")


@strawberry.type(description="What a check of incoming data found. Errors refuse the data; warnings travel with it.")
class Finding:
    code: str
    severity: Severity
    path: str
    message: str

    @staticmethod
    def of(finding: FindingFact) -> "Finding":
        return Finding(
            code=finding.code, severity=Severity(finding.severity), path=finding.path, message=finding.message
        )


@strawberry.type
class StageShare:
    stage: LifeCycleStage
    kgco2e: float
    share: float | None


@strawberry.type
class CarbonComponentShare:
    component: CarbonComponent
    kgco2e: float


@strawberry.type
class GapFields:
    kind: GapKind
    amount: float
    unit: str
    tier: int


@strawberry.type
class HotspotFields:
    key: str
    label: str
    kgco2e: float
    share: float | None
    cumulative_share: float | None
    primary_data_share: float | None


@strawberry.type(description="tracedKgCO2e is totalKgCO2e of the same view with basis TRACED.")
class Reconciliation:
    declared_kgco2e: float
    traced_kgco2e: float | None
    difference_kgco2e: float | None
    relative_difference: float | None
    traced_is_complete: bool


class Explanation:
    """One footprint as its fields share it. What computes runs in a worker thread, once and one at a time."""

    def __init__(self, fact: FootprintFact) -> None:
        self.fact = fact
        self._computing = asyncio.Lock()

    async def compute(self, part: Callable[[FootprintFact], Result]) -> Result:
        """``part`` of the footprint; fields wait for each other, so that the trace is solved once."""
        async with self._computing:
            return await asyncio.to_thread(part, self.fact)

    async def column(self, name: str) -> float | None:
        """A quality column; the columns are solved once for the whole graph."""
        return await self.compute(lambda fact: fact.column(name))


@strawberry.type
class FootprintFields:
    explained: strawberry.Private[Explanation]

    @property
    def fact(self) -> FootprintFact:
        return self.explained.fact

    @strawberry.field
    def view(self) -> View:
        return View.of(self.fact.graph.view)

    @described("Null when nothing at all is known; never zero for want of data.")
    def total_kgco2e(self) -> float | None:
        return self.fact.total_kgco2e

    @described("With biogenic CO2 uptake (PACT pcfIncludingBiogenicUptake).")
    async def total_including_uptake_kgco2e(self) -> float | None:
        return await self.explained.column("total_including_uptake_kgco2e")

    @described("Null exactly when the total is. With a declaration in force: direct is the declared total, upstream 0.")
    def direct_kgco2e(self) -> float | None:
        return self.fact.direct_kgco2e

    @strawberry.field
    def upstream_kgco2e(self) -> float | None:
        return self.fact.upstream_kgco2e

    @described("False when some upstream item lacks data; the total leaves it out, and gaps says which.")
    def is_complete(self) -> bool:
        return self.fact.is_complete

    @strawberry.field
    async def by_stage(self, perspective: StagePerspective | None = StagePerspective.EMITTER) -> list[StageShare]:
        asked = perspective or StagePerspective.EMITTER
        shares = await self.explained.compute(lambda fact: fact.by_stage(asked))
        return [StageShare(stage=each.stage, kgco2e=each.kgco2e, share=each.share) for each in shares]

    @described("As in PACT V3; all but BIOGENIC_UPTAKE sum to totalKgCO2e, all to totalIncludingUptakeKgCO2e.")
    async def by_carbon_component(self) -> list[CarbonComponentShare]:
        shares = await self.explained.compute(lambda fact: fact.by_carbon_component())
        return [CarbonComponentShare(component=each.component, kgco2e=each.kgco2e) for each in shares]

    @described(
        "Shares of the absolute kilograms |A|, |d| rolled up, uptake left out; null where their gain is 1 or more."
    )
    async def primary_data_share(self) -> float | None:
        return await self.explained.column("primary_data_share")

    @strawberry.field
    async def verified_share(self) -> float | None:
        return await self.explained.column("verified_share")

    @strawberry.field
    async def proxy_share(self) -> float | None:
        return await self.explained.column("proxy_share")

    @described("Exempted kilograms over total plus exempted.")
    async def exempted_share(self) -> float | None:
        return await self.explained.column("exempted_share")

    @described(
        "1 best to 5 worst, weighted by absolute kilograms rated; an entry without rating takes its "
        "factor's; V2 ratings never enter."
    )
    async def technological_dqr(self) -> float | None:
        return await self.explained.column("technological_dqr")

    @strawberry.field
    async def temporal_dqr(self) -> float | None:
        return await self.explained.column("temporal_dqr")

    @strawberry.field
    async def geographical_dqr(self) -> float | None:
        return await self.explained.column("geographical_dqr")

    @described("Share of the absolute kilograms that carries ratings.")
    async def rated_share(self) -> float | None:
        return await self.explained.column("rated_share")

    @described("Present where the item has both an accepted, valid declaration and structure.")
    async def reconciliation(self) -> Reconciliation | None:
        found = await self.explained.compute(lambda fact: fact.reconciliation())
        if found is None:
            return None
        return Reconciliation(
            declared_kgco2e=found.declared_kgco2e,
            traced_kgco2e=found.traced_kgco2e,
            difference_kgco2e=found.difference_kgco2e,
            relative_difference=found.relative_difference,
            traced_is_complete=found.traced_is_complete,
        )

    @described("Spectral radius of |A| in the worst loop met upstream; 0 without loops.")
    def loop_gain(self) -> float | None:
        return self.fact.loop_gain

    @described("|total - (direct + sum of input contributions)|, as solved.")
    async def residual_kgco2e(self) -> float | None:
        return await self.explained.compute(lambda fact: fact.residual_kgco2e)

    @described(
        "What a reader must know: expired or deprecated declarations used, mixed GWP sets, proxies, region fallbacks."
    )
    async def findings(self) -> list[Finding]:
        return [Finding.of(finding) for finding in await self.explained.compute(lambda fact: fact.findings())]
