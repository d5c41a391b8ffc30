# Needs Python 3.11 to 3.14, make and git, nothing else; no target needs root.

PY := .venv/bin/python
PORT ?=
ARGS ?=
# Stores that the tests run on: embedded, neo4j; a named one must answer. auto: Neo4j where one can be had.
STORES ?= auto

COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --only-binary :all: --custom-compile-command "make lock"

.PHONY: help setup demo test check format e2e bench soak docs lock

help: ## these lines
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1|/' | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: ## .venv with every locked package, tests and checks included
	@tools/setup dev

demo: ## the example chains, answered and served until Ctrl-C; PORT=N chooses the port
	@tools/setup run
	@.venv/bin/graph-service demo $(if $(PORT),--port $(PORT))

test: setup ## every test but e2e and soak; STORES=embedded,neo4j insists on both, ARGS goes to pytest
	@STORES=$(STORES) $(PY) -m pytest $(ARGS)

check: setup ## format, lint, types, import rule, spelling
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/codespell

format: setup ## rewrites the code as `make check` wants it
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

e2e: setup ## the two commands in a fresh clone, the wheel alone in an empty environment
	@$(PY) -m pytest -m e2e tests/e2e $(ARGS)

bench: setup ## speed and memory tables beside their peers; ARGS=--quick for the small ones
	@PYTHON=$(PY) tools/setup bench || echo "bench: peers not installed, their figures are left out" >&2
	@$(PY) -m tests.bench $(ARGS)

soak: setup ## long random runs of the properties
	@STORES=$(STORES) HYPOTHESIS_PROFILE=soak $(PY) -m pytest -m "not e2e" tests/property $(ARGS)

docs: setup ## writes the generated reference pages anew
	@$(PY) docs/generate.py

lock: ## resolves the locks anew, as far as they no longer serve; needs uv
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraints requirements.lock -o requirements-dev.lock
	$(COMPILE) --group bench --constraints requirements.lock -o requirements-bench.lock
