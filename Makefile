.DEFAULT_GOAL := help
.PHONY: help run dev up down wipe instances observe rules demo test volume verify fmt clippy doc deny machete boundaries rolling-deploy reference console advisories schemathesis chaos bench bench-quiet bench-parts

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and start the server in the foreground, http://localhost:8000 (Ctrl-C stops it)
	cargo run --bin tropa -- serve

dev: ## like run, and start again at every change if cargo-watch is installed
	scripts/dev

up: ## start PostgreSQL, RabbitMQ and Redis for `tropa serve --mode distributed` (containers, or Debian's packages)
	scripts/stack up

down: ## stop what `make up` and `make instances` started; the data stays
	scripts/stack down

wipe: ## like down, and the data is gone
	scripts/stack wipe

N ?= 3
instances: ## start N=3 instances in the background that share the servers of `make up`, http://localhost:8001 …
	scripts/instances start $(N)

observe: ## everything in containers, with Grafana :3000, Prometheus :9090, Jaeger :16686 (needs a Docker engine)
	scripts/stack observe

demo: ## a small city for a minute, in which a part of Tropa dies every few seconds, and the console to watch it
	scripts/demo

test: ## every test, on PostgreSQL, RabbitMQ and Redis it starts itself, Prometheus's rules, schemathesis over the live OpenAPI document
	scripts/test

volume: ## what each SQL statement touches with ten million orders, in both stores (20 minutes, 10 GB below /tmp and target/)
	TROPA_TEST_VOLUME=full scripts/test --test distributed postgres::volume -- --nocapture
	TROPA_TEST_VOLUME=full cargo test --package tropa-sqlite --lib tests::volume -- --nocapture

verify: fmt clippy doc deny machete boundaries console ## everything that is checked without running Tropa

fmt: ## formatting
	scripts/tools rustfmt
	cargo fmt --all --check

clippy: ## lints, pedantic, warnings refused
	scripts/tools clippy
	cargo clippy --workspace --all-targets --quiet -- -D warnings

doc: ## documentation builds without a warning
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

deny: ## licences, banned crates and sources of every dependency
	scripts/tools cargo-deny
	cargo deny --locked check bans licenses sources

machete: ## no unused dependency
	scripts/tools cargo-machete
	cargo machete

boundaries: ## who may import whom, banned calls, file lengths; and the check itself is checked
	scripts/tools python3
	scripts/boundaries-selftest
	scripts/boundaries

console: ## the pages' types (against the API's description), lints, catalogues, vendored libraries; where node is there
	scripts/console-check

reference: ## write docs/CONFIGURATION.md anew from the binary
	cargo run --quiet --bin tropa -- config reference > docs/CONFIGURATION.md

advisories: ## known vulnerabilities (fetches the RustSec database)
	scripts/tools cargo-deny
	cargo deny --locked check advisories

rules: ## Prometheus's rules: checked, tested, each with a runbook
	scripts/rules

schemathesis: ## only the schemathesis run of `make test`
	scripts/schemathesis

rolling-deploy: ## an upgrade under load, and the way back on the newer tables, with the binary of an older COMMIT
	scripts/rolling-deploy $(COMMIT)

chaos: ## fifty rounds of killing the real binary, the whole fault matrix (TROPA_CHAOS_ROUNDS, TROPA_CHAOS_SEED), a rolling deploy
	TROPA_CHAOS_ROUNDS=$${TROPA_CHAOS_ROUNDS:-50} scripts/test --test standalone chaos -- --nocapture
	TROPA_CHAOS_ALL=1 scripts/test --test faults -- --nocapture
	scripts/rolling-deploy

bench: ## the real binary, optimised: standalone, then on PostgreSQL, RabbitMQ and Redis beside what these do without us
	cargo bench --bench end_to_end -- --million
	scripts/tools postgresql rabbitmq redis
	cargo bench --bench distributed
	cargo bench --bench quiet

bench-quiet: ## what it costs to have little to do: CPU time and wake-ups, idle and at 50 orders/s, and memory, in both modes
	scripts/tools postgresql rabbitmq redis
	cargo bench --bench quiet

bench-parts: ## what the parts cost: asks, recoveries, aggregates, the pipeline without edges, SQLite
	cargo bench --package tropa-supervision --bench ask --bench recovery
	cargo bench --package tropa --bench aggregates --bench pipeline --bench sqlite
