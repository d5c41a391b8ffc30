"""The graph in Neo4j: for people who ask it in Cypher, and for several processes at once."""

from graph_service.store.neo4j.recording import Limits
from graph_service.store.neo4j.store import Neo4jStore

__all__ = ["Limits", "Neo4jStore"]
