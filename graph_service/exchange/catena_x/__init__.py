"""Catena-X: carbon footprints (Pcf 9.0.0) in and out."""

from graph_service.exchange.catena_x.pcf_reader import read_pcf
from graph_service.exchange.catena_x.pcf_writer import write_pcf

__all__ = ["read_pcf", "write_pcf"]
