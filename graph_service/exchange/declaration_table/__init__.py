"""Tables of declarations that suppliers send as CSV or XLSX: the template, and the reading of what they filled in."""

from graph_service.exchange.declaration_table.columns import LANGUAGES, Language
from graph_service.exchange.declaration_table.reading import (
    CSV_TYPE,
    XLSX_TYPE,
    DeclarationTable,
    read_declarations,
    read_table,
)
from graph_service.exchange.declaration_table.template import template_csv, template_xlsx

__all__ = [
    "CSV_TYPE",
    "LANGUAGES",
    "XLSX_TYPE",
    "DeclarationTable",
    "Language",
    "read_declarations",
    "read_table",
    "template_csv",
    "template_xlsx",
]
