# Everything is run from here. `make` alone lists the targets.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT

PY := .venv/bin/python
RUNTIME := .venv/installed-runtime
DEV := .venv/installed-dev
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run setup test test-core acceptance check lint fmt migrations bench lock messages

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# --- Running

run: setup ## Set up and serve everything: web, worker, beat (HOST, PORT)
	@exec $(PY) -m jiaxing_hukou.serve

setup: $(RUNTIME) ## Prepare the database, the rules and the demonstration accounts
	@$(PY) manage.py setup_demo

# --- Testing

test: $(DEV) ## Run every test: on PostgreSQL, then those with a database on SQLite
	$(PY) -m pytest --numprocesses auto $(ARGS)
	$(PY) -m pytest --numprocesses auto --database sqlite $(ARGS)

test-core: $(DEV) ## Run the tests that need no database
	$(PY) -m pytest --database none $(ARGS)

acceptance: $(DEV) ## Run every test with the full counts
	$(PY) -m pytest --numprocesses auto --full $(ARGS)

bench: $(DEV) ## Measure (SMOKE=1: only see that the measuring works)
	@if [ -d benchmarks ]; then $(PY) -m benchmarks $(if $(SMOKE),--smoke); \
	else echo "There are no benchmarks yet."; fi

# --- Checking

check: lint migrations ## Everything that must pass before a commit lands

lint: $(DEV) ## Look at style, types and who imports whom
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	.venv/bin/lint-imports --no-cache
	$(PY) -m mypy

migrations: $(DEV) ## Fail if a model change has no migration
	$(PY) manage.py makemigrations --check --dry-run

fmt: $(DEV) ## Put the code into the house format
	$(PY) -m ruff check --fix-only
	$(PY) -m ruff format

# --- Keeping up

messages: $(DEV) ## Collect the texts to be translated into the catalogs (needs gettext)
	$(PY) manage.py makemessages --locale zh_Hans --no-obsolete --add-location file --ignore '.venv/*'

LOCK := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate \
	--python-version 3.11 --custom-compile-command 'make lock'

lock: $(DEV) ## Write the hashed locks anew from requirements*.in (ARGS=--upgrade)
	$(LOCK) $(ARGS) requirements.in --output-file requirements.txt
	$(LOCK) $(ARGS) requirements-dev.in --output-file requirements-dev.txt

# --- The virtual environment, made anew only when a lock changed

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; this is: $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments (ensurepip is missing)." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making the virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt | $(PY)
	@echo "Installing what the portal runs on (about half a minute) ..."
	@$(PIP_INSTALL) --requirement requirements.txt
	@touch $@

# The second lock contains the first.
$(DEV): requirements.txt requirements-dev.txt | $(PY)
	@echo "Installing what tests and checks need (about a minute) ..."
	@$(PIP_INSTALL) --requirement requirements-dev.txt
	@touch $(RUNTIME) $@
