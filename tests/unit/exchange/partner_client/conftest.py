"""A partner's service over HTTPS, and a client that trusts its certificate."""

from collections.abc import AsyncIterator, Iterator

import pytest

from graph_service.exchange.partner_client import HttpPartnerClient
from graph_service.model.partners import Partner
from tests.support.clock import FixedClock
from tests.support.partner_server import (
    Certificate,
    PartnerServer,
    make_certificate,
    make_client,
    make_partner,
    serving_partner,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(certificate: Certificate) -> Iterator[PartnerServer]:
    with serving_partner(certificate) as partner:
        yield partner


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def client(certificate: Certificate, clock: FixedClock) -> AsyncIterator[HttpPartnerClient]:
    made = make_client(certificate.chain, clock=clock)
    yield made
    await made.close()


@pytest.fixture
def partner(server: PartnerServer) -> Partner:
    return make_partner(server.base_url)
