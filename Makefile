# Every target sets up what it needs in .venv and does nothing twice.

SHELL := bash
BIN := .venv/bin
ROOT_FLAG := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

.DEFAULT_GOAL := help
.PHONY: help setup demo lab test nightly check format docs bench dojo browser servers clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 16

setup: ## make .venv and build the front end, where that is not done yet
	@scripts/setup.sh

demo: setup ## run the quickstart with a real model, and kill its kernel in the middle
	@$(BIN)/python scripts/demo.py

lab: setup ## open JupyterLab on the quickstart; prints the address
	@PATH="$(CURDIR)/$(BIN):$$PATH" jupyter lab --ip=127.0.0.1 $(ROOT_FLAG) notebooks/quickstart.ipynb

test: check browser servers ## check, then run all tests
	@PATH="$(CURDIR)/$(BIN):$$PATH"; cd labextension && jlpm test
	@# Three processes even where there are two cores: many tests wait, for a kernel or for a lease.
	@$(BIN)/python -m pytest -n 3

nightly: setup ## run 10,000 simulated schedules, a simulated day, and a quarter of an hour of real kills
	@MN_SCHEDULES=10000 MN_SOAK_HOURS=24 MN_SOAK_MINUTES=15 $(BIN)/python -m pytest -q \
	  tests/simulation/test_schedules.py tests/simulation/test_soak.py tests/recovery/test_soak.py

check: setup ## lint, types, layers, and the examples of README and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@PATH="$(CURDIR)/$(BIN):$$PATH"; cd labextension && jlpm check
	$(BIN)/python -m pytest -q tests/docs

format: setup ## format Python, notebooks and TypeScript
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	@PATH="$(CURDIR)/$(BIN):$$PATH"; cd labextension && jlpm format

docs: setup ## run the examples of README and docs, and show the next changelog
	$(BIN)/python -m pytest -q tests/docs
	$(BIN)/towncrier build --draft

bench: setup ## measure beside others that do the same work (hours); results in .bench, page in docs
	@$(BIN)/python -m benchmarks
	-@$(BIN)/python -m benchmarks.scale --out docs/scale.json >/dev/null
	@$(BIN)/python -m benchmarks.report

dojo: setup ## run AgentDojo's tasks and attacks against the policy (some minutes); page in docs
	@scripts/dojo.sh
	@$(BIN)/python -m tests.dojo

browser: ## install Chromium for the tests in a browser, where that is allowed
	@scripts/browser.sh

servers: setup ## install the MCP servers that the tests speak to
	@scripts/servers.sh

clean: ## remove .venv and everything that was built
	rm -rf .venv .bench .dojo .servers dist build labextension/{lib,lib-tests,node_modules,.yarn,tsconfig.tsbuildinfo} \
	  mn_notebook/{labextension,static,_version.py} notebooks/{filed,exported}
