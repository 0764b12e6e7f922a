# The only door to every task. Each target makes what it needs; `make` alone prints them all.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/stamp
RUN := $(VENV)/bin/python -m

# Settings of single targets: make demo FILE=tasks.json AGENTS=8; make test SERVER=15
export SERVER FILE NAME
FILE ?=
AGENTS ?=
NAME ?=
ARGS ?=
SECONDS ?= 600
SEED ?= 1
SAMPLE ?= 0
ONLY ?=

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "taskspine needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) pip install --quiet --upgrade 'pip>=25.1'
	@$(RUN) pip install --quiet --editable '.[embedded]' --group dev
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Let agents drain a task list (FILE=tasks.json AGENTS=8)
	@$(RUN) taskspine.demo $(if $(FILE),--file "$$FILE") $(if $(AGENTS),--agents $(AGENTS))

.PHONY: up
up: $(STAMP) ## Start a database that stays, and print its URL
	@$(RUN) taskspine.server up

.PHONY: down
down: $(STAMP) ## Stop it; the data stays
	@$(RUN) taskspine.server down

.PHONY: psql
psql: $(STAMP) ## Open psql on the database
	@$(RUN) taskspine.server psql

.PHONY: reset
reset: $(STAMP) ## Throw the database away (asks), make it anew and migrate
	@$(RUN) taskspine.server reset
	@$(RUN) taskspine.migrations migrate

.PHONY: migrate
migrate: $(STAMP) ## Apply the migrations that are missing
	@$(RUN) taskspine.migrations migrate

.PHONY: rollback
rollback: $(STAMP) ## Take the newest migration back
	@$(RUN) taskspine.migrations rollback

.PHONY: status
status: $(STAMP) ## Say which server is used and which migrations it has
	@$(RUN) taskspine.server status
	@$(RUN) taskspine.migrations status

.PHONY: seed
seed: $(STAMP) ## Add the seed rows that are missing; what was changed by hand stays
	@$(RUN) taskspine.migrations seed

.PHONY: migration
migration: $(STAMP) ## Draft a migration (NAME=add_x); unnamed: write the unreleased first one anew
	@$(RUN) taskspine.migrations $(if $(NAME),new "$$NAME",compose)

.PHONY: generate
generate: $(STAMP) ## Write the typed Python of the queries anew
	@$(RUN) taskspine.server run --schema -- $(RUN) sqltypist generate --config pyproject.toml

.PHONY: docs
docs: $(STAMP) ## Write the pages about the schema anew
	@$(RUN) taskspine.documenting write

.PHONY: format
format: $(STAMP) ## Put the Python into its form
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

.PHONY: lint
lint: $(STAMP) ## Check the style, the types, the SQL and whether what is generated is stale
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(VENV)/bin/hadolint deploy/postgres/Dockerfile
	@$(VENV)/bin/python tests/laws/lint_sql.py
	@$(RUN) sqltypist lint
	@$(RUN) taskspine.server run --schema -- $(RUN) sqltypist check \
	  || { echo "the typed Python of the queries is stale: make generate" >&2; exit 1; }
	@$(RUN) taskspine.documenting check
	@$(RUN) mypy
	@$(RUN) pyright

.PHONY: pgtap
pgtap: $(STAMP) ## Prove the rules inside the database (SERVER=15)
	@$(RUN) pytest pgtap $(ARGS)

.PHONY: test
test: $(STAMP) ## Run pgTAP and pytest on a server of their own (SERVER=15, ARGS='-k claim')
	@$(RUN) pytest $(ARGS)

.PHONY: soundness
soundness: $(STAMP) ## Try what sqltypist claims on random queries (SECONDS=600 SEED=7)
	@$(RUN) taskspine.server run -- $(VENV)/bin/python tests/sqltypist/soundness/run.py \
	  --seconds $(SECONDS) --seed $(SEED)

.PHONY: drift
drift: $(STAMP) ## Prove that the migrations arrive at the schema
	@$(RUN) taskspine.server run -- $(VENV)/bin/python tests/laws/drift.py

.PHONY: mutants
mutants: $(STAMP) ## Break each rule in turn, and list what no pgTAP file notices (SAMPLE=40 ONLY=tasks)
	@$(RUN) taskspine.server run -- $(VENV)/bin/python tests/laws/mutants.py \
	  --sample $(SAMPLE) --seed $(SEED) --only "$(ONLY)"

# What an older server may do otherwise. What stands on its own server, or on none, runs on 18 alone,
# and so do the races of what is not every claim's: make test SERVER=15 ARGS=tests/chaos runs all.
DOMAINS := record work workflow access delivery knowledge operations
RACES_ON_15 := $(patsubst %,tests/chaos/test_%.py,buffers completions conflicts cycles hot_path \
  keys late_writes leases limits retention sealing)
ON_15 := pgtap $(RACES_ON_15) tests/importer tests/runtime/test_database.py \
  tests/runtime/test_worker.py tests/sqltypist $(addprefix tests/,$(DOMAINS))
OF_TREES := $(addprefix tests/sqltypist/,soundness/test_found.py test_bodies.py \
  test_describing.py test_nullness.py test_truth.py)

.PHONY: check on-18 laws-on-18 races-on-18 on-15 on-16-and-17 some-mutants
check: $(STAMP) ## All that CI runs: lint, drift, some mutants, the tests on PostgreSQL 15 to 18
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target \
	  lint on-18 on-15 races-on-18 laws-on-18 on-16-and-17 some-mutants drift

on-18: $(STAMP)
	@$(MAKE) --no-print-directory test SERVER= ARGS='--ignore=tests/chaos --ignore=tests/laws'

laws-on-18: $(STAMP)
	@$(MAKE) --no-print-directory test SERVER= ARGS=tests/laws

races-on-18: $(STAMP)
	@$(MAKE) --no-print-directory test SERVER= ARGS=tests/chaos

on-15: $(STAMP)
	@$(MAKE) --no-print-directory test SERVER=15 ARGS='$(ON_15)'

on-16-and-17: $(STAMP)
	@$(MAKE) --no-print-directory test SERVER=16 ARGS='$(OF_TREES)'
	@$(MAKE) --no-print-directory test SERVER=17 ARGS='$(OF_TREES)'

some-mutants: $(STAMP)
	@$(MAKE) --no-print-directory mutants SAMPLE=40

$(STAMP)-bench: $(STAMP)
	@$(RUN) pip install --quiet --group bench
	@touch $@

.PHONY: bench
bench: export PYTHONPATH := tests/support
bench: $(STAMP)-bench ## Measure against plain psycopg, SQLAlchemy and asyncpg (SCALE=1: on a full database)
	@$(VENV)/bin/python bench/run.py --scale $(or $(SCALE),0)
	@$(VENV)/bin/python bench/typed.py

.PHONY: clean
clean: ## Remove what was made, but not the data of `make up`
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
