# Everything a developer or an operator of a small practice types. `make help` lists it.
# Python >= 3.11 and make are all that must be there before; the rest is fetched by hash, into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"
CATALOGUES := $(shell find src -name '*.po')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format bench audit chaos lock messages clean install

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: install ## Start everything on this machine with a demo practice (sandbox; state in ./var)
	@exec $(BIN)/myosotis sandbox

test: $(VENV)/.dev messages ## All tests: unit, providers, database (SQLite, PostgreSQL), browser
	@scripts/system-packages.sh
	@$(BIN)/python scripts/run_tests.py

check: $(VENV)/.dev messages ## Format, lint, types, layers, dead code, translations, vendored files, locks
	@$(BIN)/python scripts/run_checks.py

format: $(VENV)/.dev ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev messages ## How fast it is, beside others (own set-up; ONLY=sms,peers; ARGS="--quick --no-page")
	@PYTHON=$(PYTHON) bench/setup.sh
	@$(BIN)/python -m myosotis.ops.benchmark --only "$(ONLY)" $(ARGS)

chaos: $(VENV)/.dev messages ## Things go wrong while messages are sent; SCENARIOS, MESSAGES, OLD (docs/chaos.md; not in the gate)
	@scripts/chaos-packages.sh
	@$(BIN)/python -m tests.chaos $(SCENARIOS) $(if $(MESSAGES),--messages $(MESSAGES)) $(if $(OLD),--old $(OLD))

audit: $(VENV)/.base ## Lighthouse over the pages of the running sandbox (needs Node; not part of the gate)
	@$(BIN)/python scripts/audit.py $(SANDBOX)

lock: $(VENV)/.dev ## Make the hashed locks anew from requirements/*.in
	@cd requirements && ../$(LOCK) base.in -o base.txt && ../$(LOCK) dev.in -o dev.txt && ../$(LOCK) bench.in -o bench.txt

messages: $(VENV)/.messages ## Compile the translations

install: $(VENV)/.base $(VENV)/.messages ## What the product runs on with its translations, without the tools of development

clean: ## Remove what was built (not ./var, where the sandbox keeps its state)
	@rm -rf $(VENV) build dist src/*.egg-info var/cache
	@find src -name '*.mo' -delete
	@find src tests scripts -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Myosotis needs Python 3.11 or newer; say which by: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up .venv (once; a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/.venv
	@$(PIP) install --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.messages: $(CATALOGUES) scripts/translations.py | $(VENV)/.base
	@$(BIN)/python scripts/translations.py compile
	@touch $@
