# The commands of this project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
SECONDS_PER_FUZZER ?= 60

.PHONY: help deps build test unit reliability sanitizers foreign quickstart cluster-up cluster-down images e2e \
        bench bench-operator lint fuzz faults acto rotation mutants clean

help: ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install the Debian packages that building and testing need
	@tools/install_debian.sh --test

build: ## build build/release/bin/culvert-runner and culvert-emulator
	@tools/install_debian.sh --build
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS)

quickstart: ## move 336,776 real rows through Tunnel on this machine and verify them
	@tools/quickstart.sh

test: deps ## all that CI runs: units, API server, chart, foreign clients, quickstart, documents, cluster, sanitizers
	@tools/install_debian.sh --cluster
	@tools/test.sh

unit: ## release build, then unit, lint, fuzz-replay and integration tests only
	@tools/install_debian.sh --build
	@tools/test.sh release

reliability: ## write the last results of docs/reliability.md from the reports of the last `make test`
	@python3 tools/check_reliability.py --results build/reports/*.xml

sanitizers: deps ## unit and integration tests of every room under ASan+UBSan, then TSan
	@tools/test.sh asan tsan

foreign: deps ## PyODPS and the Java SDK against the emulator and the runner
	@tools/test.sh foreign

cluster-up: ## start a real one-node Kubernetes on this machine (or name the one of KUBECONFIG)
	@tools/install_debian.sh --cluster
	@tests/cluster/up

cluster-down: ## stop it, by the process ids that cluster-up wrote
	@tests/cluster/down

images: build ## build the images of operator, runner and emulator as build/images/*.tar, and test what they hold
	@tools/install_debian.sh --cluster
	@tests/cluster/images
	@python3 -m unittest discover --start-directory tests/images --pattern '*_test.py'

e2e: build ## the operator on a real Kubernetes: Helm, examples, lifecycle, Prometheus, rights (cluster-up, images)
	@tools/install_debian.sh --cluster
	@tests/e2e/run.sh

bench: deps ## speed and memory gates as ratios to the Java SDK and PyODPS; writes docs/benchmarks.md
	@tools/install_debian.sh --build
	@cmake --preset release >/dev/null && cmake --build --preset release -j $(JOBS)
	@python3 tools/bench.py

bench-operator: build ## speed, memory and API economy of the operator before a real API server; writes docs/benchmarks-operator.md
	@tools/install_debian.sh --cluster
	@python3 tools/bench_operator.py

lint: ## layer rules, clang-format and clang-tidy
	@tools/install_debian.sh --lint
	@tools/lint.sh

fuzz: ## every fuzz target for SECONDS_PER_FUZZER (60) seconds each, under ASan+UBSan
	@tools/install_debian.sh --lint
	@tools/fuzz.sh $(SECONDS_PER_FUZZER)

faults: deps ## every fault plan and a thousand kills; a part of them is in make test
	@tools/install_debian.sh --build
	@cmake --preset release >/dev/null && cmake --build --preset release -j $(JOBS) --target culvert_tests
	@python3 tools/faults.py

rotation: build ## on the node, half an hour: access keys replaced every 30 s, and one that is away for five minutes
	@tools/install_debian.sh --cluster
	@CULVERT_FAULTS=all tests/e2e/run.sh -k rotation

acto: build ## hundreds of mutations of every field of the CRDs before a real API server; a hundred are in make test
	@tools/install_debian.sh --cluster
	@tests/acto/run.sh --at-least 500 --minutes 13

mutants: deps ## break the product in one line at a time: the test of each line's feature must notice
	@tools/install_debian.sh --lint
	@python3 tools/mutants.py

clean: ## remove build/
	@rm -rf build
