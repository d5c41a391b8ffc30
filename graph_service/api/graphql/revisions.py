"""The list of revisions, read from the store page by page."""

import base64
import binascii

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.context import Info
from graph_service.api.graphql.pages import Connection, Edge, PageRequest, page_info
from graph_service.api.graphql.views import Revision

_MARK = "revision:"


async def revision_connection(info: Info, page: PageRequest, *, is_newest_first: bool) -> Connection[Revision]:
    """One page of revisions, those up to the newest that this request saw."""
    context = info.context
    if not context.visibility.sees_history:
        return Connection(edges=[], page_info=page_info([], has_next=False, has_previous=False), count=lambda: 0)
    newest = (await context.newest()).number
    number = None if page.cursor is None else _parse(page.cursor, newest)
    goes_down = page.is_forward is is_newest_first
    if goes_down:
        high = newest if number is None else number - 1
        low = max(0, high - page.size + 1)
    else:
        low = 0 if number is None else number + 1
        high = min(newest, low + page.size - 1)
    count = max(0, high - low + 1)
    found = await context.services.store.revisions(first=count, below=high + 1, above=low - 1) if count else []
    ordered = list(found) if is_newest_first else list(reversed(found))
    edges = [Edge(cursor=_cursor(each.number), node=Revision.of(each, context.visibility)) for each in ordered]
    has_lower, has_higher = low > 0, high < newest
    has_next, has_previous = (has_lower, has_higher) if is_newest_first else (has_higher, has_lower)
    return Connection(
        edges=edges, page_info=page_info(edges, has_next=has_next, has_previous=has_previous), count=lambda: newest + 1
    )


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"{_MARK}{number}".encode()).decode().rstrip("=")


def _parse(text: str, newest: int) -> int:
    try:
        decoded = base64.b64decode(text[:60] + "=" * (-len(text[:60]) % 4), altchars=b"-_", validate=True).decode()
        number = int(decoded.removeprefix(_MARK))
        if _cursor(number) != text or number > newest:
            raise ValueError("not as written")
    except (binascii.Error, ValueError) as error:
        raise BadUserInput(f"{text[:60]!r} is no cursor of the list of revisions; take one from pageInfo") from error
    return number
