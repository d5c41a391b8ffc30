"""Pages of lists, as Relay's connections: first/after or last/before, opaque cursors that belong to one list."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

import strawberry

from graph_service.api.errors import BadUserInput
from graph_service.api.graphql.allowance import Allowance
from graph_service.service.views import View

DEFAULT_SIZE = 50
MOST_PER_PAGE = 200

NodeType = TypeVar("NodeType")
Value = TypeVar("Value")


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[NodeType]):
    cursor: str
    node: NodeType


@strawberry.type
class Connection(Generic[NodeType]):
    """One page; ``count`` is asked only when the total is selected."""

    edges: list[Edge[NodeType]]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], int]]

    @strawberry.field
    def total_count(self) -> int:
        return self.count()


def given(value: Value) -> Value | None:
    """An argument's value; None where it was left out."""
    return None if value is strawberry.UNSET else value


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page as asked for, checked: ``size`` entries past a cursor, from the front (``is_forward``) or the back."""

    size: int
    cursor: str | None
    is_forward: bool


def page_request(first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
    """Raises ``BadUserInput`` where both directions are mixed or the size is not 0 to 200."""
    first, after, last, before = given(first), given(after), given(last), given(before)
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise BadUserInput("a page takes first and after, or last and before, not both")
    name, size = ("last", last) if last is not None else ("first", first)
    if size is None:
        size = DEFAULT_SIZE
    if not 0 <= size <= MOST_PER_PAGE:
        raise BadUserInput(f"{name}: {size} entries; ask for 0 to {MOST_PER_PAGE}, and for the next page by cursor")
    is_forward = last is None and before is None
    return PageRequest(size, after if is_forward else before, is_forward)


@dataclass(frozen=True, slots=True)
class Place:
    """What a cursor holds: the list's revision, day and identity, and a position in it."""

    revision: int
    as_of: date
    list_tag: str
    position: int

    def cursor(self) -> str:
        text = f"{self.revision}.{self.as_of.isoformat()}.{self.list_tag}.{self.position}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Place:
    """Raises ``BadUserInput`` where the text is no cursor of this service."""
    try:
        if len(text) > 200:
            raise ValueError("too long")
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        revision, as_of, list_tag, position = decoded.split(".")
        place = Place(int(revision), date.fromisoformat(as_of), list_tag, int(position))
        if place.cursor() != text or place.position < 0:
            raise ValueError("not as written")
    except (binascii.Error, ValueError) as error:
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        raise BadUserInput(f"{shown!r} is no cursor of this service; take one from pageInfo or an edge") from error
    return place


def list_tag(*identity: object) -> str:
    """A short name of a list: equal exactly for equal arguments."""
    return hashlib.blake2s(repr(identity).encode(errors="surrogatepass"), digest_size=6).hexdigest()


class Paged(Protocol):
    """What pages are cut from: a view, and what of it the request may still have built."""

    allowance: Allowance

    @property
    def view(self) -> View: ...


async def connection(
    count: int,
    request: PageRequest,
    *,
    viewed: Paged,
    identity: Sequence[object],
    make: Callable[[slice], Sequence[NodeType]],
) -> Connection[NodeType]:
    """The asked page of a list of ``count`` entries; ``make`` gives the nodes of a slice of it.

    ``identity`` is what decides the list beside its revision and day: its kind, owner, filter, order, method.

    Raises ``BadUserInput`` for a cursor of another list, revision or day, ``TooComplex`` for a page too many.
    """
    view, tag = viewed.view, list_tag(*identity)
    start, stop = _bounds(count, request, view, tag)
    await viewed.allowance.take(stop - start)
    nodes = make(slice(start, stop))
    places = [Place(view.revision.number, view.as_of, tag, position).cursor() for position in range(start, stop)]
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(places, nodes, strict=True)]
    info = page_info(edges, has_next=stop < count, has_previous=start > 0)
    return Connection(edges=edges, page_info=info, count=lambda: count)


def page_info(edges: Sequence[Edge[NodeType]], *, has_next: bool, has_previous: bool) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def _bounds(count: int, request: PageRequest, view: View, tag: str) -> tuple[int, int]:
    place = None if request.cursor is None else parse_cursor(request.cursor)
    if place is not None:
        _check_place(place, count, view, tag)
    if request.is_forward:
        start = 0 if place is None else place.position + 1
        return start, min(count, start + request.size)
    stop = count if place is None else place.position
    return max(0, stop - request.size), stop


def _check_place(place: Place, count: int, view: View, tag: str) -> None:
    if place.list_tag != tag or place.position >= count:
        raise BadUserInput("the cursor belongs to another list; use it with the arguments it came with")
    if (place.revision, place.as_of) != (view.revision.number, view.as_of):
        raise BadUserInput(
            f"the cursor is of revision {place.revision} and {place.as_of}, this answer of revision "
            f"{view.revision.number} and {view.as_of}; page on with view: {{revision: {place.revision}, "
            f'asOf: "{place.as_of}"}}, or start again'
        )
