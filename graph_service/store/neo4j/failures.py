"""Neo4j's errors as ours: which ones may be repeated, and which are the caller's."""

from neo4j.exceptions import (
    AuthError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph_service.errors import StoreUnavailable

_SAME_SCHEMA_MEANWHILE = (
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
)


class CommitUnknown(Exception):
    """The connection broke while a commit was under way: it may have happened or not."""


def may_repeat(error: Exception) -> bool:
    """Whether the same transaction may succeed when it is run again at once.

    Memory errors call themselves transient, but the same transaction needs the same memory again. Of two processes
    that create one constraint at once the second may be refused in spite of IF NOT EXISTS; asked again, it sees it.
    """
    if isinstance(error, TransientError):
        return "Memory" not in (error.code or "")
    if isinstance(error, Neo4jError):
        return error.code in _SAME_SCHEMA_MEANWHILE
    return isinstance(error, ServiceUnavailable | SessionExpired) and not isinstance(error, IncompleteCommit)


def to_ours(error: Exception, address: str) -> Exception:
    """The error that passes the store's border in place of the driver's."""
    if isinstance(error, CommitUnknown):
        return StoreUnavailable(
            f"{address}: the connection broke during a commit; whether the batch was recorded is unknown, "
            "repeat it with the same idempotency key"
        )
    if isinstance(error, ConstraintError):
        return ValueError(f"the batch breaks a rule of the store: {error.message}")
    if isinstance(error, AuthError):
        return StoreUnavailable(f"{address}: Neo4j refused the user or the password")
    if isinstance(error, Neo4jError):
        return StoreUnavailable(f"{address}: Neo4j failed ({error.code}: {error.message})")
    if isinstance(error, DriverError):
        return StoreUnavailable(f"{address}: Neo4j does not answer ({error})")
    return error
