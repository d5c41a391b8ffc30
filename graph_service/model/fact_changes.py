"""What differs between the facts believed at two revisions, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class FactChanges:
    """What makes the facts believed at one revision those of a later one.

    ``upserts`` holds, with the columns of ``BATCH_SCHEMAS``, each row that is believed at the later revision and was
    recorded after the earlier one; items and declarations stand in the order in which their uid was first recorded,
    the others in any. A supply's ``unit`` is its input's declared unit. ``ends`` names the uids believed at the
    earlier revision and no longer at the later one. Kinds without any are left out. A uid opened and closed in
    between appears nowhere.

    ``received_revisions``: for each row of ``upserts[DECLARATION]`` the revision that first recorded its uid.
    ``has_returned``: an item or declaration was first recorded at or before the earlier revision, had ended by then
    and is back: its place is not at the end, so the order of the facts in hand cannot be kept.
    """

    upserts: Mapping[Kind, pa.Table] = field(default_factory=dict)
    ends: Mapping[Kind, Sequence[str]] = field(default_factory=dict)
    received_revisions: tuple[int, ...] = ()
    has_returned: bool = False

    def __post_init__(self) -> None:
        for kind, table in self.upserts.items():
            if not table.schema.equals(BATCH_SCHEMAS[kind]):
                raise ValueError(f"{kind} changes have columns {table.schema}, not those of BATCH_SCHEMAS")
        declared = self.upserts[Kind.DECLARATION].num_rows if Kind.DECLARATION in self.upserts else 0
        if len(self.received_revisions) != declared:
            raise ValueError(f"{declared} changed declarations have {len(self.received_revisions)} received revisions")

    @property
    def row_count(self) -> int:
        """Rows to put in place and rows to take away."""
        return count_rows(self.upserts, self.ends)


def count_rows(upserts: Mapping[Kind, pa.Table], ends: Mapping[Kind, Sequence[str]]) -> int:
    """Rows that are recorded and uids that end."""
    return sum(int(table.num_rows) for table in upserts.values()) + sum(len(uids) for uids in ends.values())
