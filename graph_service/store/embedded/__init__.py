"""The graph in one SQLite file."""

from graph_service.store.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
