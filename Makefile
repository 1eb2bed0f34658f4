# Every target says what it does in `make help`; the work is in scripts/ and demo/, so that a person can run a piece
# of it by hand.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# One recipe at a time: two SwiftPM processes in one folder would wait for each other.
.NOTPARALLEL:

# Flags for `swift build` and `swift test`, such as SWIFT_FLAGS="-j 2".
SWIFT_FLAGS ?=
# Flags for `swift test` alone, such as TEST_FLAGS="--filter QueueTests".
TEST_FLAGS ?=
# System tests start whole fleets: `serial` runs them one after the other behind the others, `parallel` all together,
# `skip` none.
SYSTEM_TESTS ?= serial
# Links Swift's own libraries in: bin/ then works on machines without a toolchain. (The linker remarks on `mktemp` in
# Swift's Foundation; nothing here calls it.)
RELEASE_FLAGS ?= $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

export SWIFT_FLAGS TEST_FLAGS SYSTEM_TESTS

.PHONY: help setup build demo test torture fuzz parity regret unit format check clean

help: ## Show this list
	@echo "quicketl: a worker fleet for data pipelines. Targets:"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
	    | while IFS='|' read -r target text; do printf '%-14s %s\n' "$$target" "$$text"; done
	@echo "Variables: SWIFT_FLAGS, TEST_FLAGS, SYSTEM_TESTS=serial|parallel|skip; FAULTS, SEED (torture)"

setup: ## Install what is missing: system packages (as root), DuckDB and Spark under .tools; does nothing when run again
	@scripts/setup

build: setup ## Build bin/quicketl and bin/quicketl-worker (release)
	@for product in quicketl quicketl-worker; do \
	    swift build -c release $(RELEASE_FLAGS) $(SWIFT_FLAGS) --product $$product </dev/null || exit 1; \
	done
	@scripts/install-programs "$$(swift build -c release $(RELEASE_FLAGS) --show-bin-path)" bin

demo: build ## Start a fleet on this machine, run pipelines over real flights, show and verify what came out
	@demo/run bin

test: setup ## Run every test, with a private PostgreSQL and an embedded broker; says how many ran
	@scripts/test

torture: setup ## Faults of every kind against a real fleet for most of an hour; FAULTS=n, SEED=n; says what was lost
	@QUICKETL_TORTURE_FAULTS=$(or $(FAULTS),3000) QUICKETL_TORTURE_SECONDS=5400 QUICKETL_TORTURE_SEED=$(SEED) \
	    QUICKETL_TORTURE_REPORT=$(CURDIR)/.build/torture.json \
	    TEST_FLAGS="--filter SystemTests.CampaignTests" scripts/test

parity: setup ## Random pipelines and expressions on DuckDB and on a real Spark; SEEDS=n (10000), SEED=n the first, LANES=n at a time (3)
	@QUICKETL_SPARK_SEEDS=$(or $(SEEDS),10000) QUICKETL_SPARK_SEED=$(SEED) QUICKETL_SPARK_LANES=$(LANES) \
	    TEST_FLAGS="--filter EnginesTests.Spark(Random|Parity)Tests" scripts/test
fuzz: ## Try a million pipeline texts, expressions and plans (QUICKETL_FUZZ=n, QUICKETL_SEED=n)
	@QUICKETL_TARGETS=unit swift run -c release $(SWIFT_FLAGS) --scratch-path .build-fuzz quicketl-fuzz

regret: ## What the router would have made of runs that the routing benchmark measured; FILES="a.jsonl b.jsonl"
	@QUICKETL_TARGETS=unit swift run $(SWIFT_FLAGS) --scratch-path .build-unit quicketl-trial \
	    $(or $(FILES),$(wildcard Tests/FleetTests/Routing/Measured/*.jsonl))

unit: ## Run the tests of the pure parts (Pipeline, Fleet): no services, no set-up, seconds
	@QUICKETL_TARGETS=unit scripts/test

format: ## Format all Swift files in place
	@swift format --in-place --parallel --recursive Package.swift Sources Tests

check: ## Check formatting, imports, shell scripts and the compose stack
	@scripts/check

clean: ## Remove what was built and what the demo made; keeps .tools and .quicketl
	@rm -rf .build .build-unit .build-fuzz bin demo/.data
	@echo "clean: removed .build, .build-unit, bin and demo/.data"
