# Needs make and Python 3.11 or newer; everything else is put into .venv/ (and node_modules/) in this folder.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
PORT ?= 8080
HOST ?= 127.0.0.1
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin

# Scripts in .venv hold this folder's path, so a stamp names it: a folder that was moved is set up again.
HERE := $(shell printf %s "$(CURDIR)" | cksum | cut -d ' ' -f 1)
RUNTIME := $(VENV)/runtime-$(HERE)
DEV := $(VENV)/dev-$(HERE)

LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --group build --custom-compile-command 'make lock'

# pip, telling a person which of the packages it is at, and a log only what went wrong.
# $(1): a lock file
define install
	total=$$(grep -c '^[a-z0-9].*==' $(1)); \
	printf 'Installing up to %s packages from %s (once)\n' "$$total" $(1); \
	if [ -t 1 ]; then \
		set -o pipefail; \
		$(BIN)/python -m pip install $(PIP_FLAGS) --require-hashes -r $(1) | awk -v total="$$total" \
			'/^(Collecting|Requirement already)/ { printf "\r\033[K  %d/%d %s", ++n, total, $$1 ~ /^C/ ? $$2 : $$4; fflush() } \
			 /^Installing/ { printf "\r\033[K  unpacking"; fflush() } END { printf "\r\033[K" }'; \
	else \
		$(BIN)/python -m pip install $(PIP_FLAGS) -qq --require-hashes -r $(1); \
	fi
endef
PIP_FLAGS := --no-input --disable-pip-version-check --progress-bar off

# The program $(1), from the Debian package(s) $(2) where it is missing and this is root on Debian.
define program
	command -v $(1) >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing $(2) (once)"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null; \
		fi; \
	} </dev/null; \
	command -v $(1) >/dev/null || { \
		echo "'$(1)' is needed: install it (Debian's package: $(2)) and run make again." >&2; exit 1; \
	}
endef

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(RUNTIME) ## Make .venv/ with everything that serving needs

$(RUNTIME): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
			"Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 && [ -e $@ -o -e $(DEV) ] || { \
		echo "Making $(VENV) with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv --clear $(VENV) || { echo "'$(PYTHON) -m venv' failed (Debian: install python3-venv)." >&2; exit 1; }; }
	@$(call install,requirements.lock)
	@$(BIN)/python -m pip install $(PIP_FLAGS) -qq --no-build-isolation --no-deps --no-index --editable .
	@touch $@
	@echo "Ready: $(BIN)/mock-server"

$(DEV): requirements-dev.lock $(RUNTIME)
	@$(call install,requirements-dev.lock)
	@touch $@

.PHONY: mock
mock: setup ## Serve openapi/ on port 8080 (PORT=…, HOST=…, ARGS='--clock frozen')
	@exec $(BIN)/mock-server run openapi --host $(HOST) --port $(PORT) $(ARGS)

.PHONY: check
check: $(DEV) ## Format, lint, types, layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: test
test: $(DEV) tests/npm/node_modules/.stamp chromium ## Run the tests (ARGS='-k clock'), installing what they need
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## Fuzz with Schemathesis (BASE_URL=…, TOKEN=… in the environment, SEED=…)
	@.ci/fuzz $(ARGS)

.PHONY: bench
bench: $(DEV) bench/node_modules/.stamp wrk ## Measure beside other mock servers; writes bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

.PHONY: lock
lock: $(DEV) ## Lock anew, with the newest versions that pyproject.toml allows
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --extra test --extra dev --constraints requirements.lock --output-file requirements-dev.lock
	for folder in tests/npm bench; do \
		npm install --prefix $$folder --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts || exit 1; \
	done

.PHONY: clean
clean: ## Remove what the targets above made
	rm -rf $(VENV) tests/npm/node_modules bench/node_modules build dist .schemathesis schemathesis-report \
		.hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

%/node_modules/.stamp: %/package-lock.json | npm
	@echo "Installing the npm packages of $* (once)"
	@npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

.PHONY: npm chromium wrk
npm:
	@$(call program,npm,nodejs npm)

chromium:
	@$(call program,chromium,chromium)

wrk:
	@$(call program,wrk,wrk)
