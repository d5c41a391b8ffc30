"""What stands in a document, field by field: what can be used is taken, what is wrong with the rest is noted."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from graph_service.exchange.pact import decimals, moments
from graph_service.exchange.pact.codes import Findings, Severity, names, show
from graph_service.exchange.pact.fields import Field, Form, Need
from graph_service.model.units import is_unit

Values = dict[str, object]
"""Taken values by field name: Decimal, Moment, str, bool, int, tuples of str, Values, tuples of Values."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URN = re.compile(r"urn:\S+", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#$%&'()*+,/:;=?@\[\]~._a-z0-9-]*", re.IGNORECASE)
_UNKNOWN_SHOWN = 5


def clean(document: Mapping[str, object], fields: Sequence[Field], findings: Findings, place: str = "") -> Values:
    """The usable values of a document's fields; each fault is noted at its place below ``place``."""
    values: Values = {}
    known = 0
    for field in fields:
        at = f"{place}.{field.name}" if place else field.name
        if field.name not in document:
            if field.need is not Need.OPTIONAL:
                findings.add("PACT_FIELD_MISSING", at, f"{field.name} is mandatory; add it", severity=_grave(field))
            continue
        known += 1
        given = document[field.name]
        if given is None or given == [] or (given == {} and field.form is not Form.ANYTHING):
            _note_empty(field, given, findings, at)
            continue
        value = _READERS[field.form](given, field, findings, at)
        if value is not None:
            values[field.name] = value
    if known < len(document):
        _note_unknown(document, fields, findings, place)
    return values


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None


def _grave(field: Field) -> Severity:
    return "ERROR" if field.need is Need.VITAL else "WARNING"


def _note_empty(field: Field, given: object, findings: Findings, at: str) -> None:
    what = "null" if given is None else "empty"
    if field.need is Need.OPTIONAL:
        findings.add("PACT_EMPTY", at, f"{field.name} is {what}; leave out what is not known")
    else:
        message = f"{field.name} is {what}, but mandatory; give a value"
        findings.add("PACT_FIELD_MISSING", at, message, severity=_grave(field))


def _note_unknown(document: Mapping[str, object], fields: Sequence[Field], findings: Findings, place: str) -> None:
    known = {field.name for field in fields}
    unknown = [name for name in document if name not in known]
    if unknown:
        shown = names(show(name) for name in unknown[:_UNKNOWN_SHOWN])
        more = f" and {len(unknown) - _UNKNOWN_SHOWN} more" if len(unknown) > _UNKNOWN_SHOWN else ""
        findings.add("PACT_FIELD_UNKNOWN", place, f"{shown}{more}: not of the specification, kept but not read")


def _note_type(field: Field, given: object, findings: Findings, at: str, right: str) -> None:
    message = f"{field.name} is {show(given)}; it must be {right}"
    findings.add("PACT_FIELD_TYPE", at, message, severity=_grave(field))


def _decimal(given: object, field: Field, findings: Findings, at: str) -> Decimal | None:
    """Strings in V3; a JSON number says the same and is taken."""
    if isinstance(given, str):
        return _number(given, field, findings, at)
    if isinstance(given, bool) or not isinstance(given, int | float):
        _note_type(field, given, findings, at, 'a decimal as a string, such as "1.5"')
        return None
    if isinstance(given, int) and given.bit_length() > 256:
        findings.add("PACT_DECIMAL", at, f"{field.name} is {show(given)}; write at most {decimals.MOST_DIGITS}")
        return None
    message = f'{field.name} is the number {show(given)}; write it as a string, "{show(given)}"'
    findings.add("PACT_FIELD_TYPE", at, message, severity="WARNING")
    return _number(repr(given), field, findings, at)


def _json_number(given: object, field: Field, findings: Findings, at: str) -> Decimal | None:
    """Numbers in V2; a string that says the same is taken, as official examples have them."""
    if isinstance(given, str):
        message = f"{field.name} is the text {show(given)}; in V2 it is a number, without quotes"
        findings.add("PACT_FIELD_TYPE", at, message, severity="WARNING")
        return _number(given, field, findings, at)
    if isinstance(given, bool) or not isinstance(given, int | float):
        _note_type(field, given, findings, at, "a number")
        return None
    if isinstance(given, int) and given.bit_length() > 256:
        findings.add("PACT_DECIMAL", at, f"{field.name} is {show(given)}; write at most {decimals.MOST_DIGITS}")
        return None
    return Decimal(repr(given))


def _number(text: str, field: Field, findings: Findings, at: str) -> Decimal | None:
    number = decimals.parse(text)
    if len(text) > decimals.MOST_CHARACTERS or (number is not None and decimals.digits(number) > decimals.MOST_DIGITS):
        message = (
            f"{field.name} is {show(text)}, of {len(text)} characters; write at most {decimals.MOST_DIGITS} digits"
        )
        findings.add("PACT_DECIMAL", at, message, severity="ERROR")
        return None
    if number is None:
        message = f'{field.name} is {show(text)}, no decimal; write plain digits with a point, as "0.0012"'
        findings.add("PACT_DECIMAL", at, message, severity=_grave(field))
        return None
    if not decimals.is_held(number):
        message = f"{field.name} is {show(text)}, more or less than numbers can be"
        findings.add("PACT_VALUE_RANGE", at, message, severity="ERROR")
        return None
    if not decimals.is_plain(text):
        message = f'{field.name} is {show(text)}; write it in plain notation, "{decimals.plain(number)}"'
        findings.add("PACT_DECIMAL", at, message, severity="WARNING")
    _check_sign(number, field, findings, at)
    return number


def _check_sign(number: Decimal, field: Field, findings: Findings, at: str) -> None:
    if number * field.sign < 0:
        right = "0 or above" if field.sign > 0 else "0 or below, since it takes carbon out of the air"
        findings.add("PACT_SIGN", at, f"{field.name} is {decimals.plain(number)}; it must be {right}")


def _whole(given: object, field: Field, findings: Findings, at: str) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int):
        _note_type(field, given, findings, at, "a whole number")
        return None
    if not 0 <= given < 2**31:
        message = f"{field.name} is {show(given)}; it must be from 0 to 2147483647"
        findings.add("PACT_VALUE_RANGE", at, message, severity=_grave(field))
        return None
    return given


def _text(given: object, field: Field, findings: Findings, at: str) -> str | None:
    if not isinstance(given, str):
        _note_type(field, given, findings, at, "a text")
        return None
    if field.pattern and not re.fullmatch(field.pattern, given):
        message = f"{field.name} is {show(given)}; it must read {field.pattern}"
        findings.add("PACT_UNKNOWN_VALUE", at, message)
        return None
    return given


def _name(given: object, field: Field, findings: Findings, at: str) -> str | None:
    text = _text(given, field, findings, at)
    if text is not None and not text.strip():
        findings.add("PACT_EMPTY", at, f"{field.name} is empty; give it, or leave it out where it is optional")
        return None
    return text


def _word(given: object, field: Field, findings: Findings, at: str) -> str | None:
    text = _text(given, field, findings, at)
    if text is None or text in field.words:
        return text
    alike = [word for word in field.words if word.casefold() == text.strip().casefold()]
    right = f"write {alike[0]}" if alike else f"it must be one of {names(field.words)}"
    findings.add("PACT_UNKNOWN_VALUE", at, f"{field.name} is {show(text)}; {right}")
    return alike[0] if alike else None


def _unit(given: object, field: Field, findings: Findings, at: str) -> str | None:
    text = _text(given, field, findings, at)
    if text is None or text in field.words:
        return text
    alike = [word for word in field.words if word.casefold() == text.strip().casefold()]
    taken = alike[0] if alike else text if is_unit(text) else None
    message = f"{field.name} is {show(text)}; it must be one of {names(field.words)}"
    if taken:
        message += f"; taken as {taken}"
    findings.add("PACT_UNIT", at, message, severity="WARNING" if taken else "ERROR")
    return taken


def _flag(given: object, field: Field, findings: Findings, at: str) -> bool | None:
    if isinstance(given, bool):
        return given
    _note_type(field, given, findings, at, "true or false")
    return None


def _moment(given: object, field: Field, findings: Findings, at: str) -> moments.Moment | None:
    if not isinstance(given, str):
        _note_type(field, given, findings, at, "a timestamp, such as 2025-01-01T00:00:00Z")
        return None
    moment = moments.parse(given)
    if moment is None:
        message = f"{field.name} is {show(given)}, no timestamp; write 2025-01-01T00:00:00Z"
        findings.add("PACT_TIMESTAMP", at, message, severity=_grave(field))
    elif moment.fault:
        message = f"{field.name} {show(given)} {moment.fault}; taken as {moment.text}"
        findings.add("PACT_TIMESTAMP", at, message, severity="INFO" if moment.is_certain else "WARNING")
    return moment


def _uuid(given: object, field: Field, findings: Findings, at: str) -> str | None:
    text = _text(given, field, findings, at)
    if text is None:
        return None
    if not is_uuid(text):
        message = f"{field.name} is {show(text)}, no UUID; write 8-4-4-4-12 hexadecimal digits, as {uuid.UUID(int=0)}"
        findings.add("PACT_IDENTIFIER", at, message, severity="WARNING")
    return text


def _uri(given: object, field: Field, findings: Findings, at: str) -> str | None:
    text = _text(given, field, findings, at)
    if text is not None and not _URI.fullmatch(text):
        message = f"{field.name} is {show(text)}, no address; write it with its scheme, as https://example.com/x"
        findings.add("PACT_IDENTIFIER", at, message, severity="WARNING")
        return None
    return text


def _texts(given: object, field: Field, findings: Findings, at: str) -> tuple[str, ...] | None:
    """The texts of a list, each once, in their order."""
    if not isinstance(given, list | tuple):
        _note_type(field, given, findings, at, "a list of texts")
        return None
    wrong = next((place for place, part in enumerate(given) if not isinstance(part, str) or not part.strip()), None)
    if wrong is not None:
        _note_type(field, given[wrong], findings, f"{at}[{wrong}]", "a list of texts that are not empty")
    texts = [part for part in given if isinstance(part, str) and part.strip()]
    once = tuple(dict.fromkeys(texts))
    if len(once) < len(texts):
        findings.add("PACT_EMPTY", at, f"{field.name} names the same twice; name each once")
    return once or None


def _select(
    texts: tuple[str, ...] | None, is_right: Callable[[str], bool], note: Callable[[int, str], None]
) -> tuple[str, ...] | None:
    """The texts that are right, None for none; the first that is not is noted."""
    given = texts or ()
    wrong = next((place for place, text in enumerate(given) if not is_right(text)), None)
    if wrong is not None:
        note(wrong, given[wrong])
    return tuple(text for text in given if is_right(text)) or None


def _urns(given: object, field: Field, findings: Findings, at: str) -> tuple[str, ...] | None:
    def note(place: int, text: str) -> None:
        message = f"{field.name} holds {show(text)}, no URN; write urn:gtin:4712345060507"
        findings.add("PACT_IDENTIFIER", f"{at}[{place}]", message, severity="WARNING")

    texts = _texts(given, field, findings, at)
    taken = _select(texts, lambda text: _URN.fullmatch(text) is not None, note)
    if texts and taken is None and field.need is Need.VITAL:
        findings.add("PACT_IDENTIFIER", at, f"{field.name} holds no URN at all: the product is not known")
    return taken


def _uuids(given: object, field: Field, findings: Findings, at: str) -> tuple[str, ...] | None:
    def note(place: int, text: str) -> None:
        message = f"{field.name} holds {show(text)}, no UUID; write 8-4-4-4-12 hexadecimal digits"
        findings.add("PACT_IDENTIFIER", f"{at}[{place}]", message, severity="WARNING")

    return _select(_texts(given, field, findings, at), is_uuid, note)


def _words(given: object, field: Field, findings: Findings, at: str) -> tuple[str, ...] | None:
    def is_right(text: str) -> bool:
        return text in (field.words or (text,)) and re.fullmatch(field.pattern or ".*", text, re.DOTALL) is not None

    def note(place: int, text: str) -> None:
        right = f"one of {names(field.words)}" if field.words else f"written as {field.pattern}"
        findings.add("PACT_UNKNOWN_VALUE", f"{at}[{place}]", f"{field.name} holds {show(text)}; it must be {right}")

    return _select(_texts(given, field, findings, at), is_right, note)


def _object(given: object, field: Field, findings: Findings, at: str) -> Values | None:
    if isinstance(given, Mapping):
        return clean(given, field.within, findings, at)
    _note_type(field, given, findings, at, "an object")
    return None


def _objects(given: object, field: Field, findings: Findings, at: str) -> tuple[Values, ...] | None:
    """The complete objects of a list: one that lacks a mandatory field is noted and left out."""
    if not isinstance(given, list | tuple):
        _note_type(field, given, findings, at, "a list of objects")
        return None
    taken = [_object(part, field, findings, f"{at}[{place}]") for place, part in enumerate(given)]
    demanded = {part.name for part in field.within if part.need is not Need.OPTIONAL}
    return tuple(part for part in taken if part is not None and demanded <= part.keys()) or None


def _extensions(given: object, field: Field, findings: Findings, at: str) -> tuple[Mapping[str, object], ...] | None:
    """The complete extensions of a list, exactly as they came."""
    if not isinstance(given, list | tuple):
        _note_type(field, given, findings, at, "a list of objects")
        return None
    demanded = {part.name for part in field.within if part.need is not Need.OPTIONAL}
    taken = []
    for place, extension in enumerate(given):
        read = _object(extension, field, findings, f"{at}[{place}]")
        if isinstance(extension, Mapping) and read is not None and demanded <= read.keys():
            taken.append(extension)
    return tuple(taken) or None


def _anything(given: object, field: Field, findings: Findings, at: str) -> object | None:
    if isinstance(given, Mapping):
        return given
    _note_type(field, given, findings, at, "an object")
    return None


_READERS: Mapping[Form, Callable[[object, Field, Findings, str], object | None]] = {
    Form.DECIMAL: _decimal,
    Form.NUMBER: _json_number,
    Form.WHOLE: _whole,
    Form.TEXT: _text,
    Form.NAME: _name,
    Form.WORD: _word,
    Form.UNIT: _unit,
    Form.FLAG: _flag,
    Form.MOMENT: _moment,
    Form.UUID: _uuid,
    Form.URI: _uri,
    Form.URNS: _urns,
    Form.UUIDS: _uuids,
    Form.WORDS: _words,
    Form.OBJECT: _object,
    Form.OBJECTS: _objects,
    Form.EXTENSIONS: _extensions,
    Form.ANYTHING: _anything,
}
