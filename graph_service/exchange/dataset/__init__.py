"""Data set folders: CSV and Parquet files in and out, as the contract's data set page has them."""

from graph_service.exchange.dataset.folder import FolderData, ReadProgress, read_folder

__all__ = ["FolderData", "ReadProgress", "read_folder"]
