# `make run` and `make test` do all their own set-up. ARGS reaches the command: make run ARGS="--port 9000"
.DEFAULT_GOAL := help
ARGS ?=

.PHONY: help
help: ## show these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv from requirements.lock (make run does it by itself)
	@.ci/setup.sh run

.PHONY: run
run: setup ## start the mirror and print its address
	@exec .venv/bin/tryon serve $(ARGS)

.PHONY: bench
bench: setup ## measure speed on this machine (ARGS="--json out.json")
	@exec .venv/bin/tryon bench $(ARGS)

.PHONY: lint
lint: ## ruff's checks and format, mypy
	@.ci/setup.sh test
	@.venv-test/bin/ruff check
	@.venv-test/bin/ruff format --check
	@.venv-test/bin/mypy

.PHONY: test
test: ## lint, then every test, a real Chromium included
	@.ci/setup.sh test
	@.ci/chromium.sh
	@exec .ci/test.sh $(ARGS)

.PHONY: crash
crash: ## kill ingests at 100 random moments, on SQLite and PostgreSQL
	@.ci/setup.sh test
	@INGEST_ROUNDS=100 .venv-test/bin/python -m pytest tests/test_ingest_run.py -k kill $(ARGS)

.PHONY: lock
lock: ## bring both lock files up to date with pyproject.toml
	@.ci/setup.sh lock

.PHONY: clean
clean: ## remove environments, caches and build results
	@rm -rf .venv .venv-test build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
