# Each target installs what is missing first; a second run does not repeat it.

PYTHON ?= python3
ARGS ?=
# Whoever adopts the suite may have deleted both.
PRODUCT := $(wildcard services/Makefile)
EXAMPLE := $(wildcard examples/open_webui)

.PHONY: help setup e2e report test faults endings lint example bench soak up down status docs clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing: system packages, Python packages, the Frontend's build
	@$(PYTHON) setup

e2e: setup ## Run the end-to-end suite (more options: make e2e ARGS="--headed -k signup")
	.venv/bin/pytest e2e --browser chromium $(ARGS)

report: setup ## Show the report of the last run in a browser, until Ctrl-C
	@.venv/bin/python -m fixtures.report show $(ARGS)

test: setup lint ## Check style and types, then run the project's own tests
	$(if $(PRODUCT),$(MAKE) --no-print-directory -C services test)
	.venv/bin/pytest tests -m "not slow" -n 2 --dist loadfile --run-timeout 3600 $(ARGS)

endings: setup ## End runs in every way, look for what is left, and write docs/endings.md
	rm -rf .cache/endings
	.venv/bin/pytest tests/endings $(ARGS)
	.venv/bin/python -m tests.endings

faults: setup ## Seed defects into copies of the product and see which the suite notices
	.venv/bin/python -m faults run $(ARGS)

lint: setup ## Check style and types of everything
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(if $(EXAMPLE),cd $(EXAMPLE) && MYPYPATH=../.. ../../.venv/bin/mypy --config-file ../../pyproject.toml .)
	$(if $(PRODUCT),$(MAKE) --no-print-directory -C services lint)

up: setup ## Start the stack and keep it running in the background, also for pytest e2e
	@.venv/bin/python -m fixtures.stack up

down: ## Stop what make up keeps running
	@.venv/bin/python -m fixtures.stack down

status: ## Show what make up keeps running, and whether it is up to date
	@.venv/bin/python -m fixtures.stack status

example: setup ## Run the suite on a product nobody here wrote: Open WebUI (examples/open_webui)
	cd examples/open_webui && ../../.venv/bin/pytest $(ARGS)

bench: setup ## Measure start, stop, memory, journeys, evidence, and answers with 1 to 200 users
	.venv/bin/python -m benchmarks

soak: setup ## Ten minutes of messages while services and stores are killed (ARGS="--seed 1")
	.venv/bin/python -m benchmarks soak $(ARGS)

docs: ## Build the documentation as a site, links checked
	@$(PYTHON) setup docs

clean: ## Remove everything that set-up and runs have made
	$(if $(PRODUCT),$(MAKE) --no-print-directory -C services clean)
	rm -rf .venv .cache
	rm -rf examples/*/.venv examples/*/.cache examples/*/artifacts
	find artifacts -mindepth 1 ! -name .gitkeep -delete
