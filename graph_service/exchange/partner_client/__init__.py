"""Partners' services: how they are called, where only, and how our credentials there are kept."""

from graph_service.exchange.partner_client.client import HttpPartnerClient
from graph_service.exchange.partner_client.sealing import CredentialSealing

__all__ = ["CredentialSealing", "HttpPartnerClient"]
