"""Documents of a data set: ``declarations/*.json``, each a PACT or Catena-X footprint or a list of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset.faults import Faults, Place
from graph_service.exchange.documents import read_documents
from graph_service.model.pushed import PushedDeclaration

DOCUMENT_FOLDER = "declarations"
MOST_DOCUMENT_BYTES = 10 * 1024 * 1024


def read_declaration_files(folder: Path, faults: Faults) -> tuple[PushedDeclaration, ...]:
    """The footprints of all documents of a data set folder, in the order of the files' names."""
    found: list[PushedDeclaration] = []
    for file in sorted((folder / DOCUMENT_FOLDER).glob("*.json")):
        name = f"{DOCUMENT_FOLDER}/{file.name}"
        try:
            if not file.resolve(strict=True).is_relative_to(folder.resolve()):
                message = "the link leads out of the folder: put the file itself here"
                faults.add("FILE_OUTSIDE", name, message, place=Place(name))
            elif file.stat().st_size > MOST_DOCUMENT_BYTES:
                message = f"the file is larger than {MOST_DOCUMENT_BYTES:,} bytes: put fewer documents into it"
                faults.add("FILE_UNREADABLE", name, message, place=Place(name))
            else:
                found += read_documents(file.read_bytes(), path=name)
        except InvalidInput as error:
            faults.add("FILE_UNREADABLE", name, error.message, place=Place(name))
        except (OSError, RuntimeError) as error:
            faults.add("FILE_UNREADABLE", name, f"the file cannot be read: {error}", place=Place(name))
    return tuple(found)


def document_texts(documents: Mapping[str, object]) -> Mapping[str, bytes]:
    """Files for documents by declaration uid, named after it, as ``read_declaration_files`` reads them back."""
    return {
        f"{quote(uid, safe='')}.json": json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
        for uid, document in documents.items()
    }
