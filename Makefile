# Two commands do everything on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all check bench lock clean
.DEFAULT_GOAL := demo

.venv/installed: requirements.lock pyproject.toml setup.py
	@echo "Setting up .venv (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CoreCraft needs Python 3.11 or newer: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: .venv/installed ## the story in under a minute
	@$(BIN)/corecraft demo

test: .venv/installed ## the suite, under five minutes on two cores
	@$(BIN)/pytest

test-all: .venv/installed ## with the slow ones
	@$(BIN)/pytest -m ""

check: .venv/installed ## lint, formatting, types, one-way imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

bench: .venv/installed ## every budget, with this machine's limits and a public peer beside it
	@$(BIN)/python -m corecraft.benchmarks

lock: ## write requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-annotate --no-header --quiet -o requirements.lock

clean:
	rm -rf .venv build dist *.egg-info
