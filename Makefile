# Sets up with uv, which takes half of pip's time: with the one that is installed, else with one from
# pip, and with pip where uv finds no packages. PYTHON=... chooses the Python.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# Options of pytest, such as TESTS="tests/measures -x"; two or more cores share the tests.
TESTS ?=

ifdef UV
make_venv = uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
install = uv pip install --quiet --python $(BIN)/python $(1)
else
pip := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
make_venv = $(PYTHON) -m venv $(VENV) && { $(pip) uv || true; }
install = $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) 2>/dev/null || $(pip) $(1)
endif

# The tests start many processes, which find all modules compiled. All cores do that here, where pip
# takes one, and leave out half of all: tests of the libraries, and what no test imports.
compile = $(BIN)/python -m compileall -qq -j 0 \
  -x '/(tests?|lexers|mypyc?|pip|pkg_resources|setuptools)/' $(VENV)/lib || true
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help atlas test check scripts docs pages lock lockcheck bench mutate clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

atlas: $(VENV)/.installed ## Set up, then measure, map and report the shipped sites into maps/
	@echo "== measuring and mapping the shipped sites into maps/"
	$(BIN)/nmgeo atlas -o maps
	@echo "== done: open maps/map.html in a browser, read maps/report.md"

test: $(VENV)/.test-installed ## Set up, then run every test on all cores
	@echo "== running every test"
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(TESTS)

check: $(VENV)/.test-installed scripts ## Run the fast checks: ruff, mypy, import-linter, and those of scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

scripts: node_modules/.package-lock.json ## Check the types and style of the page's scripts, and test them; needs node and npm
	npm run --silent check

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --no-audit --no-fund --silent

docs: $(VENV)/.docs-installed ## Set up, then build the documentation; a warning is an error
	@echo "== building the documentation into docs/_build/html"
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "== done: open docs/_build/html/index.html in a browser"

pages: $(VENV)/.test-installed ## Write what follows from something else: hashes, reference, answers in docs/
	$(BIN)/python docs/build_pages.py
	$(BIN)/python docs/run_examples.py

lock: $(VENV)/.test-installed ## Renew requirements-dev.lock with the newest versions
	@$(BIN)/uv pip compile --quiet --upgrade $(LOCK_OPTIONS) -o requirements-dev.lock

# The same options decide in .ci/run whether the lock file still holds what pyproject.toml asks for.
LOCK_OPTIONS := pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"

lockcheck: $(VENV)/.test-installed ## Check that requirements-dev.lock is in step with pyproject.toml
	@cp requirements-dev.lock $(VENV)/requirements-dev.lock
	@$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) -o $(VENV)/requirements-dev.lock
	@diff requirements-dev.lock $(VENV)/requirements-dev.lock \
	  || { echo "requirements-dev.lock is not in step with pyproject.toml; write: make lock"; exit 1; }

bench: $(VENV)/.test-installed ## Time whole commands beside whole scripts, then kernels beside peers (benchmarks/)
	@echo "== installing the peers: DuckDB spatial and SedonaDB"
	@$(call install,-e '.[bench]')
	$(BIN)/python benchmarks/whole.py
	$(BIN)/python benchmarks/regression.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/territory.py
	$(BIN)/python benchmarks/streams.py

# No fast tests: those of the house, of documents, of browsers, of clusters, and of other programs.
SLOW := tests/project tests/docs tests/scale/test_dask_cluster.py tests/sources/test_fuzz.py \
  tests/commands/test_crosscheck.py tests/measures/test_numba_kernels.py

mutate: $(VENV)/.test-installed ## Change the code at random places: the tests have to notice (slow)
	@$(call install,-e '.[mutate]')
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(SLOW:%=--ignore=%) --ignore-glob='*/test_page_*' \
	  --cov --cov-context=test --cov-report=
	$(BIN)/python tests/mutation.py nmgeo

clean: ## Remove the virtual environment
	rm -rf $(VENV)

$(VENV)/.made:
	@echo "== making $(VENV) and installing nmgeo (half a minute the first time)"
	@$(make_venv) || { echo "no venv: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.made
	@$(call install,-e .)
	@$(compile)
	@touch $@

# With nmgeo itself: to install both in one go takes less than one after the other.
$(VENV)/.test-installed: pyproject.toml | $(VENV)/.made
	@echo "== installing what the tests need"
	@$(call install,-e '.[test]')
	@$(compile)
	@touch $(VENV)/.installed $@

$(VENV)/.docs-installed: $(VENV)/.installed
	@echo "== installing what the documentation needs"
	@$(call install,-e '.[docs]')
	@$(compile)
	@touch $@
