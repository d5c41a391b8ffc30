"""Uids: what one may look like, and how those that are not given follow from what the row says.

A derived uid joins the escaped parts with ``/`` and ends with the ordinal among rows of equal parts, counted over all
rows of the table in their order, so that the same rows always get the same uids.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.tables import BATCH_SCHEMAS, REVIEWED
from graph_service.model.vocabulary import Kind

MAX_UID_LENGTH = 200
"""Characters, counted after NFC."""

UID_RULE = f"a uid has 1 to {MAX_UID_LENGTH} characters, no control characters and no space around it"

SUPPLY_KEY = ("output_uid", "input_uid", "line", "stage", "valid_from")
EMISSION_KEY = ("item_uid", "stage", "component", "factor_or_flow", "valid_from")
BENCHMARK_KEY = ("category", "declared_unit", "valid_from")

_FORBIDDEN = r"\p{Cc}|^[\p{Z}]|[\p{Z}]$"
DECLARATION_NAMESPACE = uuid.UUID("6b0f4b0e-8f0a-5d53-9a36-6d6f1f4b7d2c")
_FIRST_DECLARATION_COLUMNS = (
    *("item_uid", "kgco2e", "fossil_kgco2e", "biogenic_uptake_kgco2e"),
    *("reference_period_start", "reference_period_end", "valid_from", "valid_to"),
    *("primary_data_share", "technological_dqr", "temporal_dqr", "geographical_dqr", "exempted_share"),
    *("is_verified", "gwp_set", "preceding", "comment"),
)
"""Named in a uid whether given or not, as they were when the first uids were derived; later columns only if given."""
LATER_DECLARATION_COLUMNS = tuple(
    name for name in BATCH_SCHEMAS[Kind.DECLARATION].names if name not in ("uid", *_FIRST_DECLARATION_COLUMNS)
)


def is_malformed(uids: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which uids break ``UID_RULE``; nulls do not: a missing one is another fault."""
    length = pc.utf8_length(uids)
    is_bad_length = pc.or_(pc.equal(length, 0), pc.greater(length, MAX_UID_LENGTH))
    bad = pc.or_(is_bad_length, pc.match_substring_regex(uids, _FORBIDDEN))
    return np.asarray(pc.fill_null(bad, False).to_numpy(), dtype=np.bool_)


def to_nfc(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts in Unicode's composed form, in which uids are compared."""
    if pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        return texts
    return pc.utf8_normalize(texts, form="NFC")


def fill_uids(rows: pa.Table, key: Sequence[str], *, has_ordinal: bool) -> pa.ChunkedArray:
    """The ``uid`` column of ``rows`` with a derived uid wherever none is given.

    ``key`` names the columns whose values make the uid; ``factor_or_flow`` is whichever of the two is given.
    """
    uids = rows["uid"]
    if uids.null_count == 0:
        return uids
    keys = _join_key(rows, key)
    if has_ordinal:
        ordinals = pa.array(_ordinals_among_equals(keys).astype(str), pa.string())
        keys = pc.binary_join_element_wise(keys, pa.chunked_array([ordinals], pa.string()), "/")
    return pc.coalesce(uids, _shorten(keys))


def _join_key(rows: pa.Table, key: Sequence[str]) -> pa.ChunkedArray:
    parts = [
        pc.coalesce(rows["factor_uid"], rows["flow"]) if name == "factor_or_flow" else rows[name].cast(pa.string())
        for name in key
    ]
    return pc.binary_join_element_wise(*(_escape(part) for part in parts), "/")


def _escape(part: pa.ChunkedArray) -> pa.ChunkedArray:
    escaped = pc.replace_substring(pc.fill_null(part, ""), "%", "%25")
    return pc.replace_substring(escaped, "/", "%2F")


def _ordinals_among_equals(keys: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """1 for the first row of a key, 2 for the second, in the order of the rows."""
    encoded = keys.combine_chunks().dictionary_encode()
    if len(encoded.dictionary) == len(encoded):
        return np.ones(len(encoded), np.int64)
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
    lengths = np.diff(np.r_[begins, len(codes)])
    ordinals = np.empty(len(codes), np.int64)
    ordinals[order] = np.arange(len(codes)) - np.repeat(begins, lengths) + 1
    return ordinals


def _shorten(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Keys longer than a uid may be keep their beginning; a hash of the whole stands for the rest."""
    too_long = pc.greater(pc.utf8_length(keys), MAX_UID_LENGTH)
    if not pc.any(too_long, min_count=0).as_py():
        return keys
    texts = [key if len(key) <= MAX_UID_LENGTH else _shorten_one(key) for key in keys.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _shorten_one(key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: MAX_UID_LENGTH - len(digest) - 1]}~{digest}"


def fill_declaration_uids(rows: pa.Table) -> pa.ChunkedArray:
    """The ``uid`` column with the version 5 UUID of the row's content wherever none is given: PACT ids are UUIDs."""
    uids = rows["uid"]
    if uids.null_count == 0:
        return uids
    missing = np.flatnonzero(uids.is_null().to_numpy())
    filled = uids.to_pylist()
    content = rows.drop_columns(["uid"]).take(pa.array(missing)).to_pylist()
    for index, cells in zip(missing.tolist(), content, strict=True):
        row = {name: value for name, value in cells.items() if _tells_declarations_apart(name, value)}
        text = json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)
        filled[index] = str(uuid.uuid5(DECLARATION_NAMESPACE, text))
    return pa.chunked_array([pa.array(filled, pa.string())])


def _tells_declarations_apart(name: str, value: object) -> bool:
    if name in _FIRST_DECLARATION_COLUMNS:
        return True
    return name not in REVIEWED and name not in _WITH_DEFAULTS and value is not None


_WITH_DEFAULTS = ("rating_scale", "boundary", "document_format")

_SPACES = re.compile(r"\s+")


def split_names(text: str | None) -> list[str]:
    """Names parted by spaces: ``identifiers``, ``preceding``."""
    return _SPACES.split(text.strip()) if text and text.strip() else []
