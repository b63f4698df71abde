# Front door of the project: `make` lists the targets. Each target sets up .venv when needed.

PYTHON ?= python3
EDITION ?= muenchen
# test processes at a time; `make test PYTEST_JOBS=0` runs them in one process
PYTEST_JOBS ?= auto

# Kernels start in seconds only where imports are compiled once and for all.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test lab lint lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

report: $(STAMP) ## build the report of EDITION (default: muenchen) into report/output/
	@$(BIN)/lagebild build $(EDITION)

test: $(STAMP) ## run all tests with coverage
	@$(BIN)/python -m pytest -n $(PYTEST_JOBS) --dist loadfile --cov --cov-report=term:skip-covered

lab: $(STAMP) ## open the notebooks in JupyterLab
	@$(BIN)/lagebild lab

lint: $(STAMP) ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra cluster --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade \
		--quiet -o requirements.lock

clean: ## remove the environment and everything generated
	rm -rf $(VENV) report/output data/processed build dist htmlcov .coverage .coverage.* \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an installation that failed is repeated by the next call.
# uv comes first, with the version and hashes of the lock file, and then installs all the rest.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 oder neuer wird gebraucht (Python 3.11 or newer is needed)." >&2; \
		echo "Gefunden (found): $$($(PYTHON) --version 2>&1). Aufruf (call): make PYTHON=/pfad/zu/python3.11" >&2; \
		exit 1; }
	@rm -f $@
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/ {found=1} found {print} found && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python \
		--require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
