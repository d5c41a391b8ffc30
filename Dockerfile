# syntax=docker/dockerfile:1
# The service alone; compose.yaml puts Neo4j behind it and a proxy in front.

FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/graph-service
ENV PATH=/opt/graph-service/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The locked packages first: they change seldom, so the layer stays.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY graph_service graph_service
COPY cypher cypher
COPY seeds seeds
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/graph-service graph-service
COPY --from=build /opt/graph-service /opt/graph-service
USER graph-service
WORKDIR /var/lib/graph-service
VOLUME /var/lib/graph-service
ENV PATH=/opt/graph-service/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GRAPH_SERVICE_HOST=0.0.0.0 \
    GRAPH_SERVICE_PORT=8000 \
    GRAPH_SERVICE_STORE=sqlite:///var/lib/graph-service/graph.db
EXPOSE 8000
# Ready means that the store answers and its schema is at head; python is here, curl is not.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:%s/health/ready' % os.environ['GRAPH_SERVICE_PORT'], timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["graph-service", "serve"]
