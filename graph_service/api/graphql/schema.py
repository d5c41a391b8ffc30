"""The served schema."""

from functools import cache

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from graph_service.api.graphql.mutation import Mutation
from graph_service.api.graphql.naming import ContractNames
from graph_service.api.graphql.nodes import Declaration, Emission, Item, Supplier, Supply
from graph_service.api.graphql.query import Query
from graph_service.api.graphql.reference import Factor, Region
from graph_service.api.graphql.scalars import SCALARS

NODE_TYPES = (Region, Supplier, Item, Supply, Emission, Factor, Declaration)


@cache
def build_schema() -> GraphQLSchema:
    """The schema, executable by graphql-core; made once, it never changes."""
    return _strawberry_schema()._schema


def schema_text() -> str:
    """The schema in the schema definition language, as the golden file holds it."""
    return _strawberry_schema().as_str() + "\n"


def _strawberry_schema() -> strawberry.Schema:
    config = StrawberryConfig(name_converter=ContractNames(), scalar_map=dict(SCALARS))
    return strawberry.Schema(query=Query, mutation=Mutation, types=NODE_TYPES, config=config)
