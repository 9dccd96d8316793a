# msgan_lessons: `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# the first Python from 3.11 to 3.13 that runs; PYTHON=... overrides
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check
BROWSER := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable)
BROWSER_HINT := install it with: sudo apt-get install chromium
LESSONS := $(wildcard notebooks/[0-9]*.ipynb)
# tests in as many processes as there are cores, four at most
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4

.PHONY: help install lessons test test-browser lab book bench notebooks lint clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed ## set up .venv with everything (done by the other targets too)

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 is needed and was not found; name one with PYTHON=/path/to/python"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "installing Debian's python3-venv" \
	     && apt-get update -q && apt-get install -y -q python3-venv "$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; } \
	|| { echo "Python's venv module is missing; install it with: sudo apt-get install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --progress-bar off -q --constraint constraints.txt --editable ".[test]"
	@touch $@

lessons: install ## run every lesson and leave runs/index.html
	$(BIN)/msgan run all --out runs

test: install ## ruff, pytest, nbval over all lessons, and Chromium where it is there
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(PYTEST) --dist worksteal
	MSGAN_PRESET=smoke MSGAN_HEADLESS=1 $(PYTEST) --dist loadfile \
		-o addopts=-q -o filterwarnings=default --nbval-lax --nbval-current-env \
		--nbval-cell-timeout=300 notebooks
	@if [ -n "$(BROWSER)" ]; then $(MAKE) --no-print-directory test-browser; \
	else echo "the tests in a browser were left out: there is no Chromium ($(BROWSER_HINT))"; fi

test-browser: install ## the lessons in JupyterLab, driven in Chromium; pictures in runs/browser
	@test -n "$(BROWSER)" || { echo "there is no Chromium; $(BROWSER_HINT)"; exit 2; }
	$(PYTEST) --dist loadfile -o addopts=-q -o filterwarnings=default tests/browser

lab: install ## open the course in JupyterLab
	$(BIN)/msgan lab

book: install ## the course as a static site in runs/book
	$(BIN)/msgan book runs/book

bench: install ## measure speed and time to quality here, and write benchmarks/RESULTS.md (40 minutes)
	$(BIN)/python -m benchmarks

lint: install ## format and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: install ## run all lessons in place (preset class) and normalise what is stored
	$(BIN)/python tests/house/notebook_rules.py $(LESSONS)

clean: ## remove .venv and runs
	rm -rf $(VENV) runs
