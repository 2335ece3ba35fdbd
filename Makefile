# Every target is a verb; `make` alone lists them. CI calls the same ones.

PORT ?= 8080
STATE ?= .run
PYTHON ?= python3
export PORT STATE

VENV := .venv/bin
SCHEMA := $(VENV)/check-jsonschema --builtin-schema vendor
# The parts that `make test` can test alone; a path within one will do, too.
PARTS := $(notdir $(wildcard services/*)) chassis gateway dev infra tests

.DEFAULT_GOAL := help
.PHONY: help run test adjacent fuzz lint lint-workflows audit promote format lock logs status simulate seed world bench \
	overhead stop start flag unflag flagged watch dashboards \
	pictures screenshots clean ready tested python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8080 and STATE=.run choose another port and another state folder."

run: ready ## Start the whole system and print its URL; Ctrl-C ends it
	@exec $(VENV)/python -m dev.run --end-with-parent

test: tested ## Run every test, or those of one part or folder: SERVICE=messages (ARGS=… for pytest)
	@SERVICE= $(VENV)/python -m $(if $(SERVICE)$(ARGS),pytest,dev.all_tests) $(foreach part,$(SERVICE),$(or $(wildcard services/$(part) $(part)), \
		$(error SERVICE=$(part) is no part of MiniTwit; the parts are: $(PARTS)))) $(ARGS)

adjacent: tested ## Run the end-to-end suite with one service's old version: SERVICE=web (OLD=commit)
	@$(VENV)/python -m dev.adjacent $(ARGS)

fuzz: tested ## Throw 10,000 generated requests at each service
	@FUZZ=10000 $(VENV)/python -m pytest -m fuzz $(ARGS)

lint: tested ## Check formatting, types and complexity
	@$(VENV)/black --check --quiet . || { $(VENV)/black --check .; exit 1; }
	@$(VENV)/ruff check --quiet .
	@$(VENV)/mypy chassis/chassis
	@for s in $(notdir $(wildcard services/*)); do $(VENV)/mypy services/$$s/$$s || exit 1; done
	@$(VENV)/mypy --exclude /tests/ dev infra .github
	@$(MAKE) --no-print-directory lint-workflows
	@$(VENV)/xenon --no-assert --max-absolute B --max-modules A --max-average A chassis services gateway dev infra tests
	@$(SWARM).lint

lint-workflows: tested
	@$(SCHEMA).github-workflows .github/workflows/*.yml
	@$(SCHEMA).github-actions .github/actions/*/action.yml
	@$(SCHEMA).dependabot .github/dependabot.yml
	@$(SCHEMA).github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@$(SCHEMA).github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@$(VENV)/zizmor --offline --quiet --no-progress --persona pedantic .github

audit: tested ## Look for known vulnerabilities in every lock file
	@$(VENV)/pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
		$(addprefix -r ,$(sort $(wildcard */requirements.txt */*/requirements.txt)))

promote: tested ## Give images another tag in REGISTRY: TO=… (FROM=… SERVICE=…)
	@PYTHONPATH=. $(VENV)/python .github/promote.py

format: tested ## Format the code
	@$(VENV)/ruff check --quiet --fix --exit-zero .
	@$(VENV)/black --quiet .

lock: tested ## Write the lock files again; UPGRADE=--upgrade takes newer versions
	@$(VENV)/python -m dev.lock $(UPGRADE)

logs: ready ## Trace one request through the gateway and the services: ID=…
	@$(VENV)/python -m dev.logs

status: ready ## Show the state of the running system, until Ctrl-C: ONCE=yes
	@exec $(VENV)/python -m dev.status

simulate: ready ## Replay the simulator's actions through the gateway: SCENARIO=file.tsv
	@$(VENV)/python -m dev.simulate

seed: ready ## Fill the running system with a demo world
	@$(VENV)/python -m dev.seed

world: ready ## Load a large world into STATE, to measure in: SIZE=10k|1m|10m (SEED=1)
	@$(VENV)/python -m dev.world

bench: tested ## Measure every route beside its limits: ROUTE=msgs (all) SIZE=1m (10k,10m)
	@exec $(VENV)/python -m dev.bench

overhead: ready ## Measure what logging and metrics cost a request
	@exec $(VENV)/python -m dev.overhead

stop: ready ## Stop one part and leave it stopped: SERVICE=users
	@$(VENV)/python -m dev.control stop $(SERVICE)

start: ready ## Start a stopped part again: SERVICE=users
	@$(VENV)/python -m dev.control start $(SERVICE)

watch: ready ## Watch the running system with Prometheus and Alertmanager (Debian's packages)
	@$(VENV)/python -m infra.prometheus.watch

flag: ready ## Hide a message: ID=…
	@$(VENV)/python -m dev.moderate flag

unflag: ready ## Show a hidden message again: ID=…
	@$(VENV)/python -m dev.moderate unflag

flagged: ready ## List the hidden messages; ALL=yes: the newest, with their flags: AUTHOR=… BEFORE=ID
	@$(VENV)/python -m dev.moderate list $(if $(ALL),,--flagged)

dashboards: ready ## Write Grafana's dashboards from infra/grafana/boards
	@$(VENV)/python -m infra.grafana.build

pictures: tested ## Draw what the dashboards show after a demo load (docs/metrics.md)
	@$(VENV)/python -m infra.grafana.pictures

screenshots: tested ## Take the pictures that the documentation shows
	@$(VENV)/python -m dev.screenshots

clean: ## Remove .venv and caches; the state folder stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready: python
	@$(PYTHON) dev/bootstrap.py

tested: python
	@$(PYTHON) dev/bootstrap.py tests

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "MiniTwit: Python 3.11 or newer is needed, as $(PYTHON); PYTHON=… names another." >&2; exit 1; }

# The swarm. REGISTRY=host/name says where images go (none: this engine alone), STACK which
# stack, GATEWAY_PORT its port, DOCKER_HOST which engine. infra/swarm/README.md has the rest.

.PHONY: images secrets deploy adjust rollback rotate doctor smoke ship-logs kibana \
	deploy-metrics grafana prometheus alertmanager
SWARM := $(VENV)/python -m infra.swarm

images: ready ## Build the images that changed, or one part's: SERVICE=users; with REGISTRY=… push them
	@$(SWARM).images

secrets: ready ## Create the secrets that the stack lacks; shows none
	@$(SWARM).secrets

deploy: ready ## Bring the whole stack, or one service, to this commit: SERVICE=messages
	@$(SWARM).deploy

adjust: ready ## Change settings or secrets of what is running, and keep its images: WEB_REPLICAS=3
	@$(SWARM).adjust

rollback: ready ## Roll one service back to its earlier version: SERVICE=messages
	@$(SWARM).rollback

smoke: ready ## Run the smoke test through the deployed gateway: URL=https://…
	@$(SWARM).smoke

.PHONY: stack-test
stack-test: tested ## Update, kill and drain under load, and lose nothing: EVENTS=rolling,kill
	@$(VENV)/python -m infra.proof

.PHONY: logs-test grafana-test
logs-test: tested ## Ship lines in real containers while parts are killed, and lose none: COUNT=20000
	@$(VENV)/python -m infra.logs.proof

grafana-test: tested ## Ask a real Grafana for every dashboard
	@$(VENV)/python -m infra.grafana.proof

doctor: ready ## Say in plain words why a service is not up, or that all are
	@$(SWARM).doctor

ship-logs: ready ## Deploy what ships, stores and shows the logs, or update it to this commit
	@$(SWARM).ship

deploy-metrics: ready ## Deploy what watches the stack, or update it to this commit
	@$(SWARM).metrics

kibana: ## Open a tunnel to Kibana on 127.0.0.1 until Ctrl-C; so do grafana, prometheus, alertmanager
kibana grafana prometheus alertmanager: ready
	@$(SWARM).tunnel $@

rotate: ready ## Replace a secret unnoticed: SECRET=token-signing-key, or database-password and SERVICE=users
	@$(SWARM).rotate

# Backups (docs/backups.md). LOCAL=yes means the local system of STATE instead of the swarm's.

.PHONY: backup restore drill
BACKUPS = $(VENV)/python -m $(if $(LOCAL),dev.backup $@ $${FILE:+"$$FILE"},infra.swarm.$@)

backup: ready ## Take a dump of the database at once, and prove it (LOCAL=yes: of STATE)
	@$(BACKUPS)

restore: ready ## Restore a dump into a fresh cluster, and prove it: FILE=… (FORCE=yes; LOCAL=yes: of STATE)
	@$(BACKUPS)

drill: ready ## Restore the newest dump into a throwaway Postgres: FILE=… (LOCAL=yes: of STATE)
	@$(BACKUPS)
