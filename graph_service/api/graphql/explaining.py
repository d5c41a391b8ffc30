"""What explains a footprint beyond its hotspots: paths, sensitivities, uncertainty, the grade."""

from collections.abc import Sequence

import strawberry

from graph_service.api.graphql.bases import Benchmark
from graph_service.api.graphql.described import described
from graph_service.api.graphql.enums import GradeLevel
from graph_service.api.graphql.nodes import Item, Supply
from graph_service.api.graphql.reference import same_names
from graph_service.api.graphql.viewed import Viewed
from graph_service.service.grades import Grade as GradeFact
from graph_service.service.paths import SupplyPaths as PathsFact
from graph_service.service.sensitivities import Sensitivity as SensitivityFact
from graph_service.service.uncertainty import Uncertainty as UncertaintyFact


@strawberry.type
class SupplyPath:
    kgco2e: float
    share: float | None
    viewed: strawberry.Private[Viewed]
    item_rows: strawberry.Private[tuple[int, ...]]

    @described("From the emitting item to the reporting item; null where hidden.")
    def items(self) -> list[Item | None]:
        return [Item.of(self.viewed, row) for row in self.item_rows]


@strawberry.type
class SupplyPaths:
    nodes: list[SupplyPath]
    covered_kgco2e: float
    open_kgco2e: float = strawberry.field(description="What the paths not listed still carry.")

    @staticmethod
    def of(viewed: Viewed, found: PathsFact) -> "SupplyPaths":
        """The paths; their items are read together."""
        viewed.items.want(row for path in found.paths for row in path.item_rows)
        return SupplyPaths(
            nodes=[SupplyPath(viewed=viewed, **same_names(path)) for path in found.paths],
            covered_kgco2e=found.covered_kgco2e,
            open_kgco2e=found.open_kgco2e,
        )


@strawberry.type
class Sensitivity:
    derivative: float = strawberry.field(description="d total / d direct emission, or d total / d amount.")
    elasticity: float | None = strawberry.field(
        description="Relative change of the total per relative change of the parameter; null where the total is 0."
    )
    viewed: strawberry.Private[Viewed]
    item_row: strawberry.Private[int | None]
    found_supply: strawberry.Private[Supply | None]

    @described("Set for a supply amount; null for a direct emission.")
    def supply(self) -> Supply | None:
        return self.found_supply

    @described("The item whose direct emission it is; null for a supply amount.")
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.item_row)

    @staticmethod
    def of(viewed: Viewed, found: Sequence[SensitivityFact]) -> "list[Sensitivity]":
        """A page of them; supplies and items are read together."""
        rows = [each.supply_row for each in found if each.supply_row is not None]
        supplies = dict(zip(rows, Supply.of(viewed, rows), strict=True))
        viewed.items.want(each.item_row for each in found if each.item_row is not None)
        return [
            Sensitivity(
                derivative=each.derivative,
                elasticity=each.elasticity,
                viewed=viewed,
                item_row=each.item_row,
                found_supply=None if each.supply_row is None else supplies[each.supply_row],
            )
            for each in found
        ]


@strawberry.type
class Uncertainty:
    level: float
    low_kgco2e: float
    high_kgco2e: float
    coefficient_of_variation: float | None
    method: str
    declared_share: float | None = strawberry.field(
        description="Share of the total that entered as certain because it was declared."
    )

    @staticmethod
    def of(found: UncertaintyFact | None) -> "Uncertainty | None":
        return None if found is None else Uncertainty(**same_names(found))


@strawberry.type(
    description="A at or below the exemplary value (标杆值), B the baseline (基准值), C the limit (限定值), D above "
    "it; by declared unit or one of the equivalents."
)
class Grade:
    level: GradeLevel
    benchmark: Benchmark | None
    reason: str | None

    @staticmethod
    def of(found: GradeFact) -> "Grade":
        benchmark = None if found.benchmark is None else Benchmark(**same_names(found.benchmark, "uid"))
        return Grade(level=found.level, benchmark=benchmark, reason=found.reason)
