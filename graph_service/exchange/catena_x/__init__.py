"""Catena-X: carbon footprints (Pcf 9.0.0) in and out, planned bills of material (SingleLevelBomAsPlanned 4.0.0) in."""

from graph_service.exchange.catena_x.bom import BomDocument
from graph_service.exchange.catena_x.bom_supplies import BomData, read_boms
from graph_service.exchange.catena_x.pcf_reader import read_pcf
from graph_service.exchange.catena_x.pcf_writer import write_pcf

__all__ = ["BomData", "BomDocument", "read_boms", "read_pcf", "write_pcf"]
