"""Data set folders: CSV and Parquet files in and out, as the contract's data set page has them."""

from graph_service.exchange.dataset.folder import FolderData, ReadProgress, read_folder
from graph_service.exchange.dataset.totals_file import ALL_COLUMNS, TOTALS_COLUMNS, write_totals
from graph_service.exchange.dataset.writer import write_folder

__all__ = [
    "ALL_COLUMNS",
    "TOTALS_COLUMNS",
    "FolderData",
    "ReadProgress",
    "read_folder",
    "write_folder",
    "write_totals",
]
