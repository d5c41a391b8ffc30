"""All records of a collection, read page by page."""

from collections.abc import Sequence

from graph_service.model.side_records import Collection, SideRecord
from graph_service.ports import GraphStore

PAGE = 500


async def every_record(store: GraphStore, collection: Collection, *, owner: str | None = None) -> Sequence[SideRecord]:
    """The records of a collection, of one owner or of all, ordered by key."""
    found: list[SideRecord] = []
    while page := await store.list_side_records(
        collection, first=PAGE, after=found[-1].key if found else "", owner=owner
    ):
        found += page
        if len(page) < PAGE:
            break
    return found
