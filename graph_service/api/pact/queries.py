"""What a list of V3 is asked for with: parameters as a question, and the cursor of a page.

A value that fits nothing finds nothing, even an impossible one; an empty value does not filter. What the service does
not know as a parameter is refused: unfiltered, the answer would be quietly wrong.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import parse_qsl, urlencode

from graph_service.errors import InvalidInput
from graph_service.model.partners import FootprintQuery
from graph_service.service.footprint_list import Place

DEFAULT_PAGE, LARGEST_PAGE = 100, 1_000
"""Footprints on a page where no limit is given, and at most."""

MOST_PARAMETERS = 2_000
CURSOR = "cursor"

_LISTS = {
    "productid": "product_ids",
    "companyid": "company_ids",
    "geography": "geographies",
    "classification": "classifications",
    "status": "statuses",
}
_MOMENTS = {"validon": "valid_on", "validafter": "valid_after", "validbefore": "valid_before"}
_SINGLE = ("limit", CURSOR, *_MOMENTS)
_DIGITS = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET_WITH_A_SPACE = re.compile(r" (?=\d{2}:?\d{2}$)")

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list: ``limit`` as asked, ``first`` as answered at most, after which place."""

    limit: int | None
    first: int
    after: Place | None


@dataclass(frozen=True, slots=True)
class V3Question:
    """A list of V3. ``query`` None: a value was given that no footprint can have."""

    query: FootprintQuery | None
    paging: Paging


def read_parameters(query_string: bytes) -> Parameters:
    """Names and values of a URL's query, in order. Raises ``InvalidInput`` for what is not UTF-8, and too many."""
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise InvalidInput(
            f"the query of the address is no list of names and values in UTF-8, at most {MOST_PARAMETERS:,}"
        ) from error


def v3_question(parameters: Parameters) -> V3Question:
    """The question of ``GET /3/footprints``; names in capitals or not.

    Raises ``InvalidInput`` for an unknown name, a second value where one is taken, a limit or cursor that is none.
    """
    known = known_values(parameters, (*_LISTS, *_SINGLE))
    query: dict[str, tuple[str, ...] | datetime] = {
        field: tuple(known[name]) for name, field in _LISTS.items() if name in known
    }
    is_possible = True
    for name, field in _MOMENTS.items():
        if name in known:
            moment = read_moment(known[name][0])
            is_possible = is_possible and moment is not None
            if moment is not None:
                query[field] = moment
    return V3Question(FootprintQuery(**query) if is_possible else None, paging(known))  # type: ignore[arg-type]


def known_values(parameters: Parameters, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Values by name in small letters, empty ones left out; vendors' own (``x-...``) are passed over."""
    found: dict[str, list[str]] = {}
    for name, value in parameters:
        small = name.lower()
        if small.startswith("x-"):
            continue
        if small not in names:
            raise InvalidInput(f"the parameter {name[:50]!r} is not known; known are {', '.join(names)}")
        if value or small in ("limit", CURSOR):
            found.setdefault(small, []).append(value)
        if small not in _LISTS and len(found.get(small, ())) > 1:
            raise InvalidInput(f"the parameter {small} takes one value; give it once")
    return found


def paging(known: Mapping[str, Sequence[str]]) -> Paging:
    """The part of the list that is asked for."""
    limit = _limit(known["limit"][0]) if "limit" in known else None
    after = _place(known[CURSOR][0]) if CURSOR in known else None
    return Paging(limit, min(DEFAULT_PAGE if limit is None else limit, LARGEST_PAGE), after)


def next_query(parameters: Parameters, place: Place) -> str:
    """The query of the address that continues after ``place``, with all that was asked."""
    kept = [(name, value) for name, value in parameters if name.lower() != CURSOR]
    return urlencode([*kept, (CURSOR, _cursor(place))])


def read_moment(text: str) -> datetime | None:
    """A moment or a day (its midnight UTC) of RFC 3339 or ISO 8601, None where it is neither.

    Seconds may be missing, as in the specification's example; without an offset it is UTC; a space stands for the plus
    sign that the address lost.
    """
    given = _OFFSET_WITH_A_SPACE.sub("+", text.strip())
    try:
        if _DAY.fullmatch(given):
            return datetime.combine(date.fromisoformat(given), time(), UTC)
        moment = datetime.fromisoformat(given)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _limit(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise InvalidInput(f"limit: {text[:50]!r} is not a whole number from 0 on")
    return int(text)


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place.received_revision} {place.uid}".encode()).rstrip(b"=").decode()


def _place(text: str) -> Place:
    try:
        opened = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("cursor: take it from the Link header of the page before, as it is") from error
    revision, space, uid = opened.partition(" ")
    if not space or not re.fullmatch(r"[0-9]{1,9}", revision):
        raise InvalidInput("cursor: take it from the Link header of the page before, as it is")
    return Place(int(revision), uid)
