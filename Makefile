# Owns the commands; the work is in tools/. Every target sets up .venv by itself and re-uses it.
# Options go through: make serve ARGS="--data /srv/hypomos --listen 127.0.0.1:4976"

PYTHON ?= python3
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help demo serve test test-all bench lint lock

define setup
@command -v $(PYTHON) >/dev/null || { echo "Hypomos cannot be set up: Python 3.11 or newer is missing; on Debian: apt install python3-venv." >&2; exit 1; }
@$(PYTHON) tools/environment.py
endef

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf 'make %-10s %s\n' "$$name" "$$text"; done

demo: ## a living household to look at, ready in a minute
	$(setup) run
	@exec .venv/bin/hypomos demo $(ARGS)

serve: ## Hypomos on this machine, with its data in ./data
	$(setup) run
	@exec .venv/bin/hypomos serve $(ARGS)

test: ## checks and tests, half an hour or more on two cores
	$(setup) dev
	@exec .venv/bin/python -m tools.run_tests $(ARGS)

test-all: ## the same with full matrices, repeats and planted bugs, well over an hour
	$(setup) dev
	@exec .venv/bin/python -m tools.run_tests --all $(ARGS)

bench: ## benchmarks against their peers
	$(setup) dev
	@.venv/bin/python -m tools.packages bench
	@exec .venv/bin/python -m tests.benchmarks $(ARGS)

lint: ## ruff, mypy and the import contracts
	$(setup) dev
	@exec .venv/bin/python -m tools.run_tests lint

lock: ## renew requirements/ after a change of the dependencies (needs uv)
	$(setup) dev
	@exec .venv/bin/python -m tools.lock $(ARGS)
