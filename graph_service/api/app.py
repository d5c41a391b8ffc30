"""The web application: every door of the service on one port."""

from fastapi import FastAPI

from graph_service.api.graphql.http import graphql_routes
from graph_service.api.graphql.schema import build_schema
from graph_service.api.health import health_routes
from graph_service.api.pact.routes import pact_routes
from graph_service.api.request_log import RequestLog
from graph_service.api.uploads import upload_routes
from graph_service.bootstrap import Services


def create_app(services: Services) -> FastAPI:
    """The application on open services; whoever opened them closes them."""
    app = FastAPI(title="graph-service", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(graphql_routes(services, build_schema()))
    app.include_router(health_routes(services))
    app.include_router(pact_routes(services))
    app.include_router(upload_routes(services))
    app.add_middleware(RequestLog)
    return app
