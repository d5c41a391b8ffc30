"""Which item a pushed footprint is of. What is not certain is not matched: it waits, with suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.errors import Finding
from graph_service.model.pushed import PushedDeclaration
from graph_service.service.declaring.identifiers import folded, identifier_key, shown
from graph_service.service.declaring.item_index import ItemIndex, Seen
from graph_service.service.declaring.places import place_of

__all__ = ["ItemIndex", "Match", "match"]

MOST_CANDIDATES, MOST_SUGGESTIONS = 20, 5
_MOST_IDS = 20
"""Identifiers looked at for near ones."""


@dataclass(frozen=True, slots=True)
class Match:
    """The item's row in the facts, None where it is not certain; then ``finding`` says why.

    ``candidates``: rows of items that it may be, where there are several, at most 20. ``suggestions``: uids of items
    that may be meant. A match may have a finding too: what speaks against it without forbidding it.
    """

    item_row: int | None = None
    candidates: tuple[int, ...] = ()
    suggestions: tuple[str, ...] = ()
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """The rows that the names of one push lead to; ``makers`` are uids of the suppliers that its company ids name."""

    by_item: tuple[int, ...]
    by_product: tuple[int, ...]
    makers: tuple[str, ...]


def match(pushed: PushedDeclaration, index: ItemIndex, *, supplier_uid: str | None) -> Match:
    """The item that a footprint is of, by any identifier of item and supplier.

    ``supplier_uid``: the sender of role SUPPLIER; items of others do not exist for it, in wording and in work done.
    """
    seen = index.seen_by(supplier_uid)
    named = _named(pushed, seen)
    conflict = _conflict(pushed, named, seen)
    if conflict is not None:
        rows = tuple(dict.fromkeys((*named.by_item, *named.by_product)))
        return _ambiguous(pushed, rows, conflict, seen)
    rows = _narrowed(pushed, named, seen)
    if not rows:
        return _unknown(pushed, named, seen, is_own=supplier_uid is not None)
    if len(rows) > 1:
        return _ambiguous(pushed, rows, _about_several(pushed, rows, seen), seen)
    return Match(rows[0], finding=_doubt(pushed, rows[0], named, seen, is_own=supplier_uid is not None))


def _named(pushed: PushedDeclaration, seen: Seen) -> _Named:
    by_item: list[int] = []
    if pushed.item is not None:
        by_item = seen.items.by_uid(pushed.item) or seen.items.by_identifier([pushed.item])
    suppliers = seen.suppliers.by_identifier(pushed.company_ids)
    suppliers += [row for name in pushed.company_ids for row in seen.suppliers.by_uid(name) if row not in suppliers]
    return _Named(
        tuple(by_item),
        tuple(seen.items.by_identifier(pushed.product_ids)),
        tuple(seen.suppliers.uid(row) for row in suppliers),
    )


def _candidates(pushed: PushedDeclaration, named: _Named) -> tuple[int, ...]:
    """By ``item`` where that is given, and by the product ids as far as these are known."""
    if pushed.item is None:
        return named.by_product
    if not named.by_product:
        return named.by_item
    return tuple(row for row in named.by_item if row in named.by_product)


def _narrowed(pushed: PushedDeclaration, named: _Named, seen: Seen) -> tuple[int, ...]:
    """The candidates of the suppliers named; where these make none of them, those of which no supplier is known."""
    rows = _candidates(pushed, named)
    if not named.makers:
        return rows
    made = tuple(row for row in rows if seen.supplier_of(row) in named.makers)
    return made or tuple(row for row in rows if seen.supplier_of(row) is None)


def _conflict(pushed: PushedDeclaration, named: _Named, seen: Seen) -> str | None:
    """Why what is named cannot be of one item; None where it can."""
    if named.by_item and named.by_product and not set(named.by_item) & set(named.by_product):
        return (
            f"item {pushed.item!r} is {_uids(named.by_item, seen)}, but the product ids are those of "
            f"{_uids(named.by_product, seen)}; send one of them only"
        )
    rows = _candidates(pushed, named)
    if rows and not _narrowed(pushed, named, seen):
        others = dict.fromkeys(str(seen.supplier_of(row)) for row in rows)
        return (
            f"{_uids(rows, seen)} is made by {shown(list(others))}, but the company ids are those of "
            f"{shown(named.makers)}; correct the product ids or the company ids"
        )
    return None


def _about_several(pushed: PushedDeclaration, rows: Sequence[int], seen: Seen) -> str:
    names = [pushed.item] if pushed.item is not None and not pushed.product_ids else pushed.product_ids
    return (
        f"{shown([name for name in names if name])} may be any of {_uids(rows, seen)}; name the item by its uid, or "
        "give a product id that only one of them has"
    )


def _ambiguous(pushed: PushedDeclaration, rows: Sequence[int], reason: str, seen: Seen) -> Match:
    finding = Finding("ITEM_AMBIGUOUS", "WARNING", place_of(pushed, _naming_field(pushed)), reason)
    suggestions = tuple(seen.items.uid(row) for row in rows[:MOST_SUGGESTIONS])
    return Match(None, tuple(rows[:MOST_CANDIDATES]), suggestions, finding)


def _unknown(pushed: PushedDeclaration, named: _Named, seen: Seen, *, is_own: bool) -> Match:
    suggestions = _suggestions(pushed, named, seen)
    names = [name for name in (pushed.item, *pushed.product_ids) if name]
    whose = "item of yours" if is_own else "item"
    what = f"no {whose} is called {shown(names)}" if names else f"no product id says which {whose} it is of"
    cure = f"is {shown(suggestions)} meant?" if suggestions else "give the uid of the item, or one of its identifiers"
    field = _naming_field(pushed)
    return Match(None, (), suggestions, Finding("ITEM_UNKNOWN", "WARNING", place_of(pushed, field), f"{what}; {cure}"))


def _doubt(pushed: PushedDeclaration, row: int, named: _Named, seen: Seen, *, is_own: bool) -> Finding | None:
    """That the company ids are nobody's, so that only the product ids speak for the match."""
    if not pushed.company_ids or named.makers:
        return None
    supplier = seen.supplier_of(row)
    known = [] if supplier is None else seen.suppliers.by_uid(supplier)
    has_identifiers = any(seen.suppliers.table["identifiers"][place].as_py() for place in known)
    if is_own and not has_identifiers:
        return None
    whose = "yours" if is_own else "any supplier's"
    return Finding(
        "COMPANY_UNKNOWN",
        "WARNING",
        place_of(pushed, "company_ids"),
        f"company ids {shown(pushed.company_ids)} are not recorded as {whose}; {seen.items.uid(row)!r} was found by "
        "what names the product alone. Add the identifier to the supplier, or correct it",
    )


def _suggestions(pushed: PushedDeclaration, named: _Named, seen: Seen) -> tuple[str, ...]:
    """Uids of items that may be meant: what else names them, then names and identifiers that differ in few places."""
    items = seen.items
    rows: list[int] = [*named.by_item, *named.by_product]
    if pushed.product_name:
        alike = items.by_name(pushed.product_name)
        rows += [row for row in alike if seen.supplier_of(row) in named.makers]
        rows += alike
    names = [name for name in (pushed.item, *pushed.product_ids[:_MOST_IDS]) if name]
    for name in names:
        rows += items.identifiers.near(identifier_key(name))
    if pushed.item:
        rows += items.folded_uids.near(folded(pushed.item.strip()))
        rows += items.by_name(pushed.item)
    if pushed.product_name:
        rows += items.names.near(folded(pushed.product_name.strip()))
    if named.makers:
        rows.sort(key=lambda row: seen.supplier_of(row) not in named.makers)
    return tuple(items.uid(row) for row in list(dict.fromkeys(rows))[:MOST_SUGGESTIONS])


def _naming_field(pushed: PushedDeclaration) -> str:
    return "item" if pushed.item is not None else "product_ids"


def _uids(rows: Sequence[int], seen: Seen) -> str:
    return shown([seen.items.uid(row) for row in rows])
