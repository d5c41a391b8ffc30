"""The parts of an XLSX file, opened with limits: a workbook from a stranger costs no more than one from a friend.

What a reader of workbooks for every purpose parses along the way (styles, links, validations, properties) is where
hostile files make it slow; here only the parts that hold the table's values are read at all, each as a stream of
elements without a tree, document types and entities refused (defusedxml).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from graph_service.errors import InvalidInput
from graph_service.exchange.declaration_table.grid import no_table

MOST_PARTS = 1_000
MOST_PART_BYTES = 50 << 20
MOST_BYTES = 50 << 20
"""Of all parts unpacked."""

MOST_RATIO = 250
"""Bytes unpacked per byte packed, of parts above 1 MB: tables reach about 50, bombs 1,000."""

MOST_ELEMENTS = 1_500_000
"""Of one part: 10,000 rows of 35 cells have 720,000."""

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins old binary workbooks, and new ones under a password."""

ZIP_MAGIC = b"PK\x03\x04"

_CENTRAL_ENTRY = b"PK\x01\x02"
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_CHUNK_BYTES = 1 << 16
_IS_ENCRYPTED = 0x1


class Sink(Protocol):
    """What hears a part's elements, by their local names."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class WorkbookParts:
    """The parts of one workbook. Raises ``InvalidInput`` where the bytes are none that may be opened."""

    def __init__(self, body: bytes) -> None:
        _check_magic(body)
        if body.count(_CENTRAL_ENTRY) > MOST_PARTS:
            raise _unsafe(f"it has more than {MOST_PARTS:,} parts")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise no_table(
                "FILE_UNREADABLE", "the workbook is cut off or damaged: save it anew and send all of it"
            ) from error
        _check_entries(self._archive.infolist())
        self.names = frozenset(self._archive.namelist())
        self._check_contents()

    def feed(self, name: str, sink: Sink) -> None:
        """Read one part into ``sink``; errors of ours that it raises come through."""
        parser = DefusedXMLParser(target=_Counting(name, sink), forbid_dtd=True)
        try:
            with self._archive.open(name) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    parser.feed(chunk)
            parser.close()
        except InvalidInput:
            raise
        except DefusedXmlException as error:
            raise _unsafe(f"its part {name} declares a document type or entities") from error
        except (KeyError, ParseError, ValueError, LookupError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            message = f"the part {name} of the workbook is missing or damaged: save it anew and send all of it"
            raise no_table("FILE_UNREADABLE", message) from error

    def _check_contents(self) -> None:
        if "[Content_Types].xml" not in self.names:
            message = "the file is a zip archive and no workbook: send a CSV file or an Excel workbook (.xlsx)"
            raise no_table("FILE_UNREADABLE", message)
        lower = {name.lower() for name in self.names}
        if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in lower):
            raise _unsafe("it holds macros", cure='save it as "Excel Workbook (.xlsx)"')
        if any("/externallinks/" in name for name in lower):
            raise _unsafe("it is linked to other workbooks", cure="break the links and keep the values")
        if any(name.endswith((".bin", ".ods")) and name.startswith("xl/workbook") for name in lower):
            raise _unsafe("it is a binary workbook (.xlsb)", cure='save it as "Excel Workbook (.xlsx)"')


class _Counting:
    """Passes elements on by their local names, up to ``MOST_ELEMENTS``."""

    def __init__(self, part: str, sink: Sink) -> None:
        self._part, self._sink, self._count = part, sink, 0
        self.data = sink.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise _unsafe(f"its part {self._part} has more than {MOST_ELEMENTS:,} elements")
        self._sink.start(local_name(tag), attributes)

    def end(self, tag: str) -> None:
        self._sink.end(local_name(tag))

    def close(self) -> None:
        """Asked for by the parser."""


def local_name(tag: str) -> str:
    """A name without its namespace: the strict and the usual form of the format differ in that only."""
    return tag.rpartition("}")[2]


def _check_magic(body: bytes) -> None:
    if body.startswith(OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in body:
            raise no_table("FILE_UNREADABLE", "the workbook is under a password: take it off, save and send it again")
        message = 'this is an old binary workbook (.xls): save it as "Excel Workbook (.xlsx)" and send that'
        raise no_table("FILE_UNREADABLE", message)
    if not body.startswith(ZIP_MAGIC):
        raise no_table("FILE_UNREADABLE", "the file is no Excel workbook (.xlsx): send one, or a CSV file as text/csv")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_PARTS:
        raise _unsafe(f"it has more than {MOST_PARTS:,} parts")
    if len({entry.filename for entry in entries}) < len(entries):
        raise _unsafe("two of its parts have one name")
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise no_table("FILE_UNREADABLE", "the file is encrypted: send it without a password")
    if any(entry.compress_type not in _PACKED for entry in entries):
        raise _unsafe("a part is packed in a way that workbooks do not use")
    for entry in entries:
        if entry.file_size > MOST_PART_BYTES or _is_bomb(entry):
            raise _unsafe(f"its part {_shown(entry.filename)} unpacks to {entry.file_size:,} bytes")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _unsafe(f"its parts unpack to more than {MOST_BYTES >> 20} MB")


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > 1 << 20 and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)


def _shown(name: str) -> str:
    return re.sub(r"[^\w./\[\]-]", "?", name[:60])


def _unsafe(reason: str, *, cure: str = "copy the values into the template and send that") -> InvalidInput:
    return no_table("WORKBOOK_UNSAFE", f"the workbook is not opened, because {reason}: {cure}")
