# Everything one does here. Each target makes .venv by itself, from python3 with venv alone.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
UV ?= uv

.PHONY: run test check faults bench format texts lock clean

## The bot, against the sandbox for the half that has no token or key; alone where both have
BOTH_REAL := import os, pathlib, sys; from sandbox.launch import DISCORD, OPENAI, settings_found; \
	found = settings_found(os.environ, pathlib.Path.cwd()); \
	sys.exit(not (found & {*DISCORD} and found & {*OPENAI}))
run: $(VENV)/.run
	@if $(BIN)/python -c '$(BOTH_REAL)'; then exec $(BIN)/python -m bot run; \
	else exec $(BIN)/python -m sandbox -- $(BIN)/python -m bot run; fi

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

## What has to be true before a change goes in; the same on a laptop and in CI
check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python -m bot.texts check
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist worksteal
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

## The same kills, power cuts and hostile files as in `check`, where there are few, but many
KILLS ?= 1000
CUTS ?= 1500
HOSTILE ?= 100000
SEED ?= 1
faults: $(VENV)/.dev
	@SWITCHBOARD_KILLS=$(KILLS) SWITCHBOARD_CUTS=$(CUTS) SWITCHBOARD_SEED=$(SEED) \
		SWITCHBOARD_HOSTILE=$(HOSTILE) \
		$(BIN)/python -m pytest -q tests/faults tests/media/test_hostile.py

## The figures of the design, beside a plain bot, in real time; benchmarks/README.md has the last ones
SCALE ?= 1
bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks --scale $(SCALE)

format: $(VENV)/.dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

## Collect the sentences of the code into the catalogues
texts: $(VENV)/.dev
	@$(BIN)/python -m bot.texts update

## New versions within pyproject.toml's limits; needs uv
lock:
	@for lock in "requirements.lock" "requirements-dev.lock --group dev"; do \
		$(UV) pip compile --quiet pyproject.toml --output-file $$lock --upgrade --universal \
			--python-version 3.11 --generate-hashes --no-emit-index-url --no-header || exit 1; \
	done

clean:
	@rm -rf $(VENV) .coverage .coverage.* .pytest_cache .ruff_cache .hypothesis

$(VENV)/.run: requirements.lock .ci/venv
	@.ci/venv $(VENV) requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock .ci/venv
	@.ci/venv $(VENV) requirements-dev.lock
	@touch $(VENV)/.run $@
