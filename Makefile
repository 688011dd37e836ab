# `make help` lists what there is. Everything lives in .venv; nothing is installed outside this folder.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests
WORKERS ?= auto
URL ?= http://127.0.0.1:4000
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --quiet

.PHONY: help install install-dev run test check conformance format schema schema-check lock web bench latency clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# A stamp per lock file: installing again costs nothing until a lock changes.
.venv/.stamp-run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=…)"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.stamp-dev: .venv/.stamp-run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: .venv/.stamp-run  ## make .venv with what running needs

install-dev: .venv/.stamp-dev  ## make .venv with what testing needs too

run: .venv/.stamp-run  ## serve the graph on port 4000 (PORT=… for another)
	@exec $(BIN)/media-gateway serve

check: .venv/.stamp-dev  ## import contracts, lint, format, types, SDL files
	$(BIN)/lint-imports --no-cache
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary

test: check  ## check, then all tests
	$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

conformance: .venv/.stamp-dev  ## run graphql-core's own tests of execution on the engine (needs the registry)
	$(BIN)/python -m tests.conformance.graphql_core

format: .venv/.stamp-dev  ## format the code and sort its imports
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

schema: .venv/.stamp-run  ## write the SDL files and compose the supergraph (needs Node)
	$(BIN)/media-gateway schema --write

schema-check: .venv/.stamp-run  ## fail when an SDL file is not what the code says (needs Node)
	$(BIN)/media-gateway schema --check

lock: .venv/.stamp-dev  ## pin every dependency again, with hashes
	$(BIN)/$(LOCK) --group build -o requirements.lock
	$(BIN)/$(LOCK) --group build --group dev -c requirements.lock -o requirements-dev.lock

web: ## build the explorer page from graph/web/src (needs Node)
	cd graph/web && npm ci && npm run build

bench: .venv/.stamp-dev  ## compare with peers: tables and a plot in build/bench (needs Node; BENCH="--only page")
	$(BIN)/python -m benchmarks $(BENCH)

latency: .venv/.stamp-dev  ## measure the latency of a running server (URL=…)
	$(BIN)/python -m benchmarks.latency --url $(URL)

clean:  ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
