"""The homes of the graph: Neo4j, and SQLite embedded in the process. Both keep the promises of ``ports.GraphStore``."""
