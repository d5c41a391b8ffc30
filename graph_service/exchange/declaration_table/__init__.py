"""Tables of declarations that suppliers send as CSV or XLSX: the template, and the reading of what they filled in."""

from graph_service.exchange.declaration_table.columns import LANGUAGES as LANGUAGES
from graph_service.exchange.declaration_table.columns import Language as Language
from graph_service.exchange.declaration_table.reading import CSV_TYPE as CSV_TYPE
from graph_service.exchange.declaration_table.reading import XLSX_TYPE as XLSX_TYPE
from graph_service.exchange.declaration_table.reading import DeclarationTable as DeclarationTable
from graph_service.exchange.declaration_table.reading import read_declarations as read_declarations
from graph_service.exchange.declaration_table.reading import read_table as read_table
from graph_service.exchange.declaration_table.template import template_csv as template_csv
from graph_service.exchange.declaration_table.template import template_xlsx as template_xlsx
