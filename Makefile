# Two commands, nothing before them: `make demo` and `make test`. `make help` lists the rest.
# Everything is written inside this folder; to choose an interpreter: make PYTHON=python3.12 test

ROOT := $(CURDIR)
BIN := .venv/bin
SOURCES := src tests scripts notebooks $(wildcard benchmarks)
PYTEST := $(BIN)/python -m pytest -q

# tools keep their caches and settings in the checkout: the home directory may be empty or not writable
export MPLCONFIGDIR := $(ROOT)/.cache/matplotlib
export IPYTHONDIR := $(ROOT)/.cache/ipython
export JUPYTER_CONFIG_DIR := $(ROOT)/.cache/jupyter/config
export JUPYTER_DATA_DIR := $(ROOT)/.cache/jupyter/data
export JUPYTER_RUNTIME_DIR := $(ROOT)/.cache/jupyter/runtime
export RUFF_CACHE_DIR := $(ROOT)/.cache/ruff
export MYPY_CACHE_DIR := $(ROOT)/.cache/mypy
# one thread for each process: small matrices are slower with more
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export PYTHON

.PHONY: help setup demo docs test test-slow lint format types check-notebooks lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup:  ## create or update the environment in .venv
	@sh scripts/setup.sh

demo: setup  ## run the bundled evaluation end to end into reports/demo
	@$(BIN)/evalkit demo

docs: setup  ## build the documentation site into build/site, notebooks with their outputs
	@$(BIN)/python -m scripts.website

test: setup  ## run the tests (under 5 minutes on two cores)
	@$(PYTEST) -n auto --dist worksteal -m "not slow"

test-slow: setup  ## run the longer suites that CI runs after the tests
	@$(PYTEST) -n auto --dist worksteal -m slow

lint: setup  ## check style and format
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

format: setup  ## mend style and format, strip notebook outputs
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)
	@find notebooks -name '*.ipynb' -exec $(BIN)/nbstripout --keep-id {} +

types: setup  ## check types
	@$(BIN)/mypy

check-notebooks: setup  ## check that notebooks carry no outputs
	@find notebooks -name '*.ipynb' -exec $(BIN)/nbstripout --verify --keep-id {} +

lock: setup  ## resolve requirements.lock anew within the bounds of pyproject.toml (UPGRADE=1: newest versions)
	@UV_CACHE_DIR="$(ROOT)/.cache/uv" .venv-uv/bin/uv pip compile pyproject.toml --extra lab --extra databases --extra remote --extra docs --extra dev --universal --generate-hashes \
	  --no-header $(if $(UPGRADE),--upgrade) --quiet --output-file requirements.lock
	@sh scripts/setup.sh

clean:  ## remove the environment, caches and generated reports
	rm -rf .venv .venv-uv .cache build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis reports/demo
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
