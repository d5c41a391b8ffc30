"""What-if: inputs of a scenario and its outcome for each item asked."""

import strawberry

from graph_service.api.graphql.context import UNSET
from graph_service.api.graphql.nodes import Item
from graph_service.api.graphql.pages import given
from graph_service.api.graphql.viewed import Viewed
from graph_service.service import scenario_changes as facts


@strawberry.input
class DirectChangeInput:
    item: strawberry.ID
    factor: float | None = UNSET
    set_kgco2e: float | None = UNSET


@strawberry.input
class SupplyChangeInput:
    supply: strawberry.ID
    amount: float | None = UNSET
    share: float | None = UNSET


@strawberry.input
class FactorChangeInput:
    factor: strawberry.ID
    kgco2e: float


@strawberry.input
class ScenarioInput:
    direct: list[DirectChangeInput] | None = strawberry.field(
        default_factory=list, description="Scale or set direct emissions of an item."
    )
    supplies: list[SupplyChangeInput] | None = strawberry.field(
        default_factory=list,
        description="Set the amount or share of a supply edge; the line's other shares scale to the rest, unless all "
        "of a line are set.",
    )
    factors: list[FactorChangeInput] | None = strawberry.field(
        default_factory=list, description="Set factors, e.g. next year's grid."
    )

    def changes(self) -> facts.ScenarioChanges:
        """The changes as the service takes them; null means none."""
        return facts.ScenarioChanges(
            direct=[
                facts.DirectChange(each.item, factor=given(each.factor), set_kgco2e=given(each.set_kgco2e))
                for each in self.direct or ()
            ],
            supplies=[
                facts.SupplyChange(each.supply, amount=given(each.amount), share=given(each.share))
                for each in self.supplies or ()
            ],
            factors=[facts.FactorChange(each.factor, each.kgco2e) for each in self.factors or ()],
        )


@strawberry.type
class ScenarioOutcome:
    before_kgco2e: float | None
    after_kgco2e: float | None
    difference_kgco2e: float | None
    viewed: strawberry.Private[Viewed]
    item_row: strawberry.Private[int]

    @strawberry.field
    def item(self) -> Item | None:
        return Item.of(self.viewed, self.item_row)
