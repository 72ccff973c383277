# make atlas: set up, then measure, map and report the shipped sites into maps/
# make test:  set up, then pass every test
# make pages: write what follows from something else (hashes of geodata, docs/)
# make bench: time the commands and a whole territory beside peers (see benchmarks/README.md)
# Uses uv where it is installed, else python3 -m venv and pip. PYTHON=... chooses the Python.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
make_venv = uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
install = uv pip install --quiet --python $(BIN)/python
else
make_venv = $(PYTHON) -m venv $(VENV)
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: atlas test pages bench clean

atlas: $(VENV)/.installed
	@echo "== measuring and mapping the shipped sites into maps/"
	$(BIN)/nmgeo atlas -o maps
	@echo "== done: open maps/map.html in a browser, read maps/report.md"

test: $(VENV)/.test-installed
	@echo "== running every test"
	$(BIN)/python -m pytest -q

pages: $(VENV)/.test-installed
	$(BIN)/python docs/build_pages.py

bench: $(VENV)/.test-installed
	@echo "== installing the peers: DuckDB spatial and SedonaDB"
	@$(install) -e '.[bench]'
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/territory.py
	$(BIN)/python benchmarks/streams.py

clean:
	rm -rf $(VENV)

$(VENV)/.installed: pyproject.toml
	@echo "== making $(VENV) and installing nmgeo (about a minute the first time)"
	@$(make_venv) || { echo "no venv: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }
	@$(install) -e .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	@echo "== installing what the tests need"
	@$(install) -e '.[test]'
	@touch $@
