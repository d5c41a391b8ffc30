"""Delivery over HTTP: parses, calls one service, renders."""
