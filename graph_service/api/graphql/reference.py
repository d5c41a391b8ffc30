"""Regions and factors: what facts refer to and what leads no further into the graph."""

from typing import Any

import strawberry

from graph_service.api.graphql.bases import FactorFields, Node
from graph_service.api.graphql.ids import node_id
from graph_service.api.graphql.viewed import Viewed


def same_names(record: Any, *absent: str) -> dict[str, Any]:
    """A record's fields by name, for a type with the same ones, but for those ``absent`` from it."""
    return {name: getattr(record, name) for name in record.__slots__ if name not in absent}


@strawberry.type
class Region(Node):
    code: strawberry.ID
    name: str
    name_zh: str | None
    viewed: strawberry.Private[Viewed]
    parent_uid: strawberry.Private[str | None]

    @strawberry.field
    def parent(self) -> "Region | None":
        return Region.of(self.viewed, self.parent_uid)

    @staticmethod
    def of(viewed: Viewed, uid: str | None) -> "Region | None":
        """The region of a code, None where it is unknown or hidden."""
        if uid is None or not viewed.visibility.sees_reference_data:
            return None
        record = viewed.regions.get(uid)
        if record is None:
            return None
        fields = same_names(record, "uid")
        return Region(id=node_id("Region", uid), code=strawberry.ID(uid), viewed=viewed, **fields)


@strawberry.type(description="A sourced emission factor.")
class Factor(FactorFields):
    viewed: strawberry.Private[Viewed]
    region_uid: strawberry.Private[str]

    @strawberry.field
    def region(self) -> Region:
        region = Region.of(self.viewed, self.region_uid)
        if region is None:
            raise LookupError(f"factor {self.uid} names region {self.region_uid}, which is not recorded")
        return region

    @staticmethod
    def of(viewed: Viewed, row: int | None) -> "Factor | None":
        """The factor of a row, None where it is hidden."""
        if row is None or not viewed.visibility.sees_reference_data:
            return None
        record = viewed.factors.get(row)
        if record is None:
            return None
        return Factor(id=node_id("Factor", record.uid), viewed=viewed, **same_names(record, "row"))
