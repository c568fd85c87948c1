# The everyday commands. `make demo` is the place to begin; `make test` runs everything.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CAPTURE ?= testdata/dns-bind/capture.pcap
OUT ?= out
CORPUS := $(if $(GANNET_CORPUS),$(GANNET_CORPUS),../shared/corpus)
# fuzz/ has a lock file of its own, which follows the engine's dependencies: no --locked there. If it has all that it needs, the
# network is left alone.
FUZZ_SEEDS := (cd fuzz && cargo test --no-default-features \
	$$(cargo metadata --locked --offline --format-version 1 >/dev/null 2>&1 && echo --offline))
# Seconds that `make fuzz` gives each target.
FUZZ_SECONDS ?= 60
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: help setup setup-live demo test lint bench compare fuzz conform bless

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

# Installs what the list "need" names: $(call install,WHAT FOR,WHAT TO DO WITHOUT). It is named before anything is installed.
# GANNET_INSTALL=no installs nothing; GANNET_INSTALL=plan says only what would be done.
INSTALL := $(if $(GANNET_INSTALL),$(GANNET_INSTALL),yes)
define install
	echo "missing, $(1): $${need[*]}"; \
	root=(); [ "$$(id -u)" = 0 ] || root=(sudo); \
	if [ "$(INSTALL)" = plan ]; then \
		echo "would run: $${root[*]} apt-get install $${need[*]}"; \
	elif [ "$(INSTALL)" = no ] || ! command -v apt-get >/dev/null || ! command -v "$${root[0]:-true}" >/dev/null; then \
		echo "not installed; please install them, or what your system calls them"; $(2); \
	else \
		echo "installing them with apt-get (GANNET_INSTALL=no does not)"; \
		{ "$${root[@]}" apt-get update -qq || echo "the lists of packages cannot be updated: trying with the old ones"; \
		"$${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${need[@]}" >/dev/null; } \
		|| { echo "they could not be installed"; $(2); }; \
	fi
endef

setup: ## Install what the build needs and this system lacks; says first what that is
	@command -v cargo >/dev/null || { echo "cargo is missing: install a Rust toolchain, see https://rustup.rs" >&2; exit 1; }
	@need=(); \
	[ -e /usr/include/pcap.h ] || pkg-config --exists libpcap 2>/dev/null || need+=(libpcap-dev); \
	command -v cc >/dev/null || need+=(gcc libc6-dev); \
	[ $${#need[@]} = 0 ] || { $(call install,for the build,exit 1); }

demo: setup ## Build, analyse a capture of testdata/ and show what was found
	cargo build --profile demo --locked -p gannet-cli
	@target=$$(cargo metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'); \
	mkdir -p $(OUT); \
	echo; echo "\$$ gannet -o $(OUT) $(CAPTURE)"; \
	"$$target/demo/gannet" -o $(OUT) $(CAPTURE); \
	echo; echo "The first rows of $(OUT)/dns.log (time, client, query, type, answers):"; \
	awk -F'\t' '/^#fields/ { for (i = 2; i <= NF; i++) at[$$i] = i - 1; next } /^#/ { next } \
		{ printf "%s  %-15s %-32.32s %-6s %.50s\n", $$at["ts"], $$at["id.orig_h"], $$at["query"], $$at["qtype_name"], $$at["answers"] } \
		++rows == 10 { exit }' $(OUT)/dns.log

# What the tests of live capture need: they make networks of their own, and are skipped where that is not allowed.
setup-live:
	@[ "$$(id -u)" = 0 ] || exit 0; \
	need=(); \
	has() { command -v "$$1" >/dev/null || need+=("$$2"); }; \
	has ip iproute2; has tcpreplay tcpreplay; has tcpdump tcpdump; has ping iputils-ping; has ethtool ethtool; \
	has unshare util-linux; has setpriv util-linux; has curl curl; has python3 python3; has socat socat; has logrotate logrotate; \
	/usr/bin/python3 -c 'import zmq' 2>/dev/null || need+=(python3-zmq); \
	[ $${#need[@]} = 0 ] || { $(call install,for the tests of live capture,echo "the tests of live capture that need them will fail"); }

test: setup setup-live ## Run all the tests
	@[ -d $(CORPUS)/captures ] || echo "No corpus at $(CORPUS): the tests of conformance are SKIPPED (GANNET_CORPUS names another place)."
	@[ ! -d fuzz ] || $(FUZZ_SEEDS)
ifeq ($(NEXTEST),yes)
	cargo test --workspace --locked --doc
	cargo nextest run --workspace --locked --no-fail-fast
else
	cargo test --workspace --locked --no-fail-fast
endif

lint: setup ## Format, clippy, documentation, licences and advisories
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	@if cargo deny --version >/dev/null 2>&1; then \
		cargo deny --locked check bans licenses sources; \
		if cargo deny --locked fetch db >/dev/null 2>&1; then cargo deny --locked check advisories; \
		else echo "the list of advisories cannot be fetched: they are not checked"; fi; \
	else echo "cargo-deny is not installed: licences and advisories are not checked"; fi

bench: setup ## Run the benchmarks
	cargo bench --locked -p gannet-benches
	@if command -v valgrind >/dev/null; then benches/instructions.sh; else echo "valgrind is not installed: instructions are not counted"; fi

compare: setup ## Compare CPU time and memory with tcpdump's on FILE
	benches/compare.sh $(FILE)

fuzz: setup ## Fuzz every target for FUZZ_SECONDS; without cargo-fuzz, run the targets over their seeds
	@if cargo fuzz --version >/dev/null 2>&1; then fuzz/run.sh $(FUZZ_SECONDS); \
	else \
		echo "cargo-fuzz is not installed: the targets run over their seeds only"; \
		$(FUZZ_SEEDS); \
	fi

conform: setup ## Compare with the reference logs of the corpus, and run all of it with 1, 2, 3 and 8 workers
	@[ -d $(CORPUS)/captures ] || { echo "no corpus at $(CORPUS): GANNET_CORPUS names another place" >&2; exit 1; }
	GANNET_CONFORM=all cargo test --locked -p gannet-cli --test it conform -- --nocapture

bless: setup ## Write the expected logs in testdata/ anew; look at the difference before you commit it
	GANNET_BLESS=1 cargo test --locked -p gannet-cli --test it golden
	@git --no-pager diff --stat -- testdata
