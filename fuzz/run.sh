#!/usr/bin/env bash
# Runs the fuzz targets, one after the other: run.sh [SECONDS [TARGET ...]]; each for so long (default 20), all of them
# if none is named. Seeds are made from testdata/. Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler.
# extreme.dict has the values that go wrong most often, which changes at random do not find soon.
# What crashes a target is left in fuzz/artifacts/TARGET; `cargo fuzz run TARGET FILE` shows it again.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-20}
shift || true
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# cargo-fuzz asks for flags of the nightly compiler; no sanitizer is on, for there is no unsafe code in what is fuzzed.
export RUSTC_BOOTSTRAP=1
cargo run --quiet --no-default-features --example seeds -- ../testdata corpus >/dev/null
cargo fuzz build --sanitizer none
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
for target in "${targets[@]}"; do
    if ! cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -dict=extreme.dict -max_len=20000 -timeout=20 \
        -rss_limit_mb=2048 -malloc_limit_mb=512 -print_final_stats=1 -verbosity=0 >"$log" 2>&1; then
        cat "$log"
        echo "$target: FAILED"
        exit 1
    fi
    sed -n 's/^stat::number_of_executed_units: */'"$target"': inputs: /p; s/^stat::peak_rss_mb: */'"$target"': peak MB: /p' "$log"
done
