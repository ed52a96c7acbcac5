# Two commands: `make run` shows a living centre, `make test` runs every check.
# Both install what they miss where they may, and say what they skipped where they may not.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
VUNGXANH := $(TARGET)/debug/vungxanh
XTASK := $(TARGET)/debug/xtask
STEP := @ci/step

# Real input for the tests; those that need it say so when it is not there.
VX_TEST_DATA ?= $(abspath ../shared/data)
export VX_TEST_DATA
# Where `make run` listens and keeps its database.
LISTEN ?= 127.0.0.1:7700
DATA ?= data
RUN_FLAGS ?=

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

# ---- run

.PHONY: run
run: export SQLX_OFFLINE = true
run: web ## Start a living demo centre with a private PostgreSQL and print its address
	@ci/need cc postgresql espeak-ng
	cargo build --package server
	@$(VUNGXANH) serve --demo --listen $(LISTEN) --data $(DATA) $(RUN_FLAGS)

# ---- test: each step can be run alone

# clippy looks at the house while it is built, so that nothing is compiled twice for it.
CLIPPY := $(wildcard $(shell rustc --print sysroot)/bin/clippy-driver)
ifneq ($(CLIPPY),)
test-build test-rust test-pages: export RUSTC_WORKSPACE_WRAPPER := $(CLIPPY)
test-build test-rust test-pages: export CLIPPY_ARGS := --deny__CLIPPY_HACKERY__warnings
endif

.PHONY: test
test: test-needs test-web test-format test-licences test-build test-shape test-queries test-rust test-pages test-skips ## Run every check
	@echo "all checks passed"

test-build test-rust test-pages: export SQLX_OFFLINE = true

.PHONY: test-needs
test-needs:
	$(STEP) needs ci/need cc postgresql embedded chromium fonts nextest sipp baresip espeak-ng pdftoppm

.PHONY: test-web
test-web: web e2e/node_modules/.installed ## Islands, styles and browser tests: formatted, typed, tested
	$(STEP) web-check npm --prefix web --silent run check
	$(STEP) web-test npm --prefix web --silent test
	$(STEP) e2e-check npm --prefix e2e --silent run check

.PHONY: test-format
test-format: ## Rust as rustfmt writes it
	$(STEP) format cargo fmt --all --check

.PHONY: test-licences
test-licences: ## Licences, sources and bans of what is linked
	@if cargo deny --version >/dev/null 2>&1; then ci/step licences cargo deny check licenses bans sources; \
	else echo "== licences: not checked, cargo-deny is not installed (cargo install cargo-deny)"; fi

.PHONY: test-build
test-build: web ## Build, no warning of rustc or clippy left
	@[ -n "$(CLIPPY)" ] || echo "clippy is not installed (rustup component add clippy): its lints are skipped"
	$(STEP) build cargo build --workspace --bins --tests

.PHONY: test-shape
test-shape: $(XTASK) ## Order of rooms and areas, names and lengths of files, message keys
	$(STEP) architecture $(XTASK) arch
	$(STEP) words $(XTASK) words

.PHONY: test-queries
test-queries: $(XTASK) ## .sqlx agrees with the migrations
	$(STEP) queries $(XTASK) sqlx --check

.PHONY: test-rust
test-rust: web $(XTASK) ## Unit and integration tests on a real PostgreSQL
	$(STEP) tests ci/test-rust $(XTASK)

.PHONY: test-pages
test-pages: web e2e/node_modules/.installed ## The main jobs in a browser
	@# What test-build made: asked for alone, the server would be built anew with fewer features.
	@cargo build --quiet --workspace --bins --tests
	$(STEP) pages ci/test-pages $(VUNGXANH)

.PHONY: test-skips
test-skips: $(XTASK)
	@$(XTASK) skips $(TARGET)/nextest/ci/junit.xml target/pages.log

# ---- for those who write the house

.PHONY: pictures
pictures: web e2e/node_modules/.installed ## Make the README's pictures anew from the browser tests
	@ci/need chromium fonts
	cargo build --quiet --package server
	VX_BINARY=$(VUNGXANH) npm --prefix e2e --silent test -- --project=phone --project=desktop cases reports board
	mkdir -p docs/pictures && cp e2e/results/pictures/*.png docs/pictures/

$(XTASK): Cargo.lock $(shell find xtask/src xtask/Cargo.toml -type f)
	@cargo build --quiet --package xtask
	@touch $@

.PHONY: bench
bench: web ## Print each figure beside the limit measured in the same run
	cargo xtask bench

.PHONY: fuzz
fuzz: ## Fuzz what strangers hold before a gate, SECONDS each (default 60)
	@ci/need cc c++
	ci/fuzz $(or $(SECONDS),60)

.PHONY: fmt
fmt: web/node_modules/.installed e2e/node_modules/.installed ## Format everything
	cargo fmt --all
	npm --prefix web --silent run fix

.PHONY: dev-db
dev-db: ## Start the development database and write its address to .env
	@ci/need postgresql
	cargo xtask db

.PHONY: clean
clean: ## Stop the development databases; remove what was built and the demo's data
	@if [ -x $(XTASK) ]; then $(XTASK) db --stop; $(XTASK) test-db; fi
	cargo clean
	rm -rf web/dist web/node_modules e2e/node_modules e2e/results ci/postgres/node_modules $(DATA)

# ---- islands and styles

.PHONY: web
web: web/dist/manifest.json

WEB_SOURCES := $(shell find web/src web/build web/icons.txt web/package-lock.json -type f)

web/dist/manifest.json: web/node_modules/.installed $(WEB_SOURCES)
	$(STEP) web npm --prefix web --silent run build
	@touch $@

%/node_modules/.installed: %/package-lock.json
	$(STEP) "npm ci $*" npm ci --prefix $* --silent
	@touch $@
