# `make run` and `make test` are all that a newcomer needs; each sets itself up.
PYTHON ?= python3
# A checkout keeps its data beside itself, unless the environment or .env says otherwise.
ifeq ($(VERDICTS_DATA_DIR)$(shell grep -s '^VERDICTS_DATA_DIR=' .env),)
VERDICTS_DATA_DIR := $(CURDIR)/.verdicts
endif
ifdef VERDICTS_DATA_DIR
export VERDICTS_DATA_DIR
endif
ifdef PORT
export PORT
endif

BIN := .venv/bin
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development

# Half again as many as there are cores: a test waits for the bot about as long as it works.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(2, os.cpu_count() * 3 // 2))')

.PHONY: run test check format bench bite mutate soak audit wheel-check lock clean help

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(RUNTIME) ## Start: Slack when its tokens are set, else the playground (make run PORT=3999)
	@exec $(BIN)/verdicts start

test: $(DEVELOPMENT) ## Every test, on SQLite and PostgreSQL
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: $(DEVELOPMENT) ## Format, lint, types, import law, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.migrations_check

format: $(DEVELOPMENT) ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEVELOPMENT) ## Figures beside their yardsticks, in one run (a quarter of an hour)
	$(BIN)/python -m bench

bite: $(DEVELOPMENT) ## Plant known mistakes in a copy and see the tests turn red (minutes)
	$(BIN)/python -m tests.bite

mutate: $(DEVELOPMENT) ## Change one thing at a time in what must not be wrong: does a test notice? (hours)
	$(BIN)/python -m tests.mutate

soak: $(DEVELOPMENT) ## The long proofs: thousands of kills, years of digests, replicas struck for twenty minutes (hours)
	$(BIN)/python -m tests.kill_loop --kills 1000
	$(BIN)/python -m tests.kill_loop --kills 1000 --postgresql
	$(BIN)/python -m tests.histories --runs 2000
	$(BIN)/python -m tests.histories --runs 2000 --postgresql
	$(BIN)/python -m tests.reconnects --cycles 200
	$(BIN)/python -m tests.storm
	$(BIN)/python -m tests.storm --cards 50 --seconds 60
	$(BIN)/python -m tests.schedule_walk --last 2036
	$(BIN)/python -m tests.grammar_fuzz --lines 10000
	$(BIN)/python -m tests.digest_simulation --weeks 1000000
	$(BIN)/python -m tests.digest_loop --channels 500 --weeks 8 --kills 200
	$(BIN)/python -m tests.replica_loop --minutes 20
	$(BIN)/python -m tests.backup_loop --backups 100
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --everywhere -m 'not browser'

# Tests and the lock files hold made-up tokens and hashes; an address with user:password is an example.
audit: $(DEVELOPMENT) ## bandit and detect-secrets find nothing; parts and licences are listed in build/
	$(BIN)/bandit -q -ll -c pyproject.toml -r bot commands db playground
	git ls-files | grep -vE '^tests/|\.lock$$|^docs/images/' | xargs $(BIN)/detect-secrets-hook --exclude-lines 'user:password@|SECRET = "bench"|ABCEGHIJKMOPQ'
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o build/sbom.json
	$(BIN)/pip-licenses --format=markdown --with-urls --partial-match --fail-on='GNU General Public;AGPL;Affero' --output-file=build/licences.md --packages $$(sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements.lock)

wheel-check: $(DEVELOPMENT) ## Build the wheel, install it into an empty environment, open its playground (minutes)
	$(BIN)/python -m tests.wheel_check

lock: ## Pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --group build $(LOCK_OPTIONS) -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev $(LOCK_OPTIONS) -o requirements-dev.lock

LOCK_OPTIONS := --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

clean: ## Forget the environment and the local data
	rm -rf .venv .verdicts

# A fresh machine has Python and nothing else; uv is faster where it is there. Both check every hash.
.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make run PYTHON=python3.12")'
	@if command -v uv >/dev/null; then uv venv --quiet --seed --python $(PYTHON) .venv; else $(PYTHON) -m venv .venv; fi

define install
	@echo "Installing what $(1) pins (a minute or two) ..."
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) && \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
endef

$(RUNTIME): requirements.lock pyproject.toml | .venv/pyvenv.cfg
	$(call install,requirements.lock)
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | .venv/pyvenv.cfg
	$(call install,requirements-dev.lock)
	@touch $@ $(RUNTIME)
