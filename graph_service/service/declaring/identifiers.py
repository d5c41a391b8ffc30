"""Identifiers as they are compared: in NFC, without case, space or the spellings of one number that differ."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

ITEM_URN, SUPPLIER_URN = "urn:graph-service:item:", "urn:graph-service:supplier:"
"""What an item or supplier without identifiers of its own is called in documents; its uid follows, percent-encoded."""

_SPACE = re.compile(r"\s")
_GTIN_LENGTHS = (8, 12, 13)
_GTIN = re.compile(r"urn:gtin:(\d{8}|\d{12,13})", re.ASCII)
_UUID_DIGITS = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID = re.compile(_UUID_DIGITS)


def urn_text(name: str) -> str:
    """A URN as it stands in a list parted by spaces: its own spaces percent-encoded."""
    return _SPACE.sub(lambda space: quote(space[0]), name.strip())


def urn_of(prefix: str, uid: str) -> str:
    """The URN that names a uid."""
    return prefix + quote(uid, safe="")


def uid_of(prefix: str, name: str) -> str | None:
    """The uid that a URN of ours names; None for any other name."""
    given = name.strip()
    return unquote(given[len(prefix) :]) if given.casefold().startswith(prefix) else None


def folded(text: str) -> str:
    """A text as it is compared where case does not count."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def identifier_key(name: str) -> str:
    """An identifier as it is compared.

    A bare UUID is its URN; a GTIN of 8, 12 or 13 digits is the one of 14 that it is padded to.
    """
    key = folded(urn_text(name))
    if _UUID.fullmatch(key):
        return f"urn:uuid:{key}"
    gtin = _GTIN.fullmatch(key)
    return f"urn:gtin:{gtin[1].zfill(14)}" if gtin else key


def folded_texts(texts: pa.Array) -> pa.Array:
    """``folded`` of every text."""
    is_plain = pc.string_is_ascii(texts)
    if pc.all(is_plain, min_count=0).as_py():
        return pc.ascii_lower(texts)
    others = pa.array([folded(text) for text in texts.filter(pc.invert(is_plain)).to_pylist()], pa.string())
    return pc.replace_with_mask(pc.ascii_lower(texts), pc.invert(is_plain), others)


def identifier_keys(names: pa.Array) -> pa.Array:
    """``identifier_key`` of every name; the names are those of lists parted by spaces and hold none."""
    keys = pc.replace_substring_regex(folded_texts(names), f"^({_UUID_DIGITS})$", r"urn:uuid:\1")
    for length in _GTIN_LENGTHS:
        keys = pc.replace_substring_regex(
            keys, rf"^urn:gtin:([0-9]{{{length}}})$", rf"urn:gtin:{'0' * (14 - length)}\1"
        )
    return keys


def shown(names: Sequence[str], *, most: int = 5) -> str:
    """Names as a message lists them."""
    text = ", ".join(repr(name if len(name) <= 80 else f"{name[:80]}...") for name in names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most} more"
