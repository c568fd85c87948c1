#!/usr/bin/env bash
# Runs the fuzz targets, one after the other: run.sh [SECONDS [TARGET ...]]; each for so long (default 20), all of them
# if none is named. Seeds are made from testdata/. Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler.
# extremes.dict has values at the ends of their ranges, which are put into inputs.
# What crashes a target is left in fuzz/artifacts/TARGET; `cargo fuzz run TARGET FILE` shows it again.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-20}
shift || true
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# cargo-fuzz asks for flags of the nightly compiler.
export RUSTC_BOOTSTRAP=1
cargo run --quiet --no-default-features --example seeds -- ../testdata corpus >/dev/null

# Comparisons are not traced, which takes half of the time: seeds and extremes.dict have the values that matter. Of the sanitizer,
# what takes long and finds nothing in safe code is off: traces of allocations, a second stack, much memory that waits. Nor are
# inputs weighed by how rare is what they reach, which takes longer than to run them.
export ASAN_OPTIONS=detect_stack_use_after_return=0:malloc_context_size=2:quarantine_size_mb=16
RUSTC_WRAPPER=$PWD/rustc.sh cargo fuzz build --no-trace-compares
programs=target/$(rustc -vV | sed -n 's/^host: //p')/release
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    if ! "$programs/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" \
        -dict=extremes.dict -entropic=0 -max_len=20000 -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=512 -detect_leaks=0 \
        -print_funcs=0 -print_final_stats=1 -verbosity=0 >"$log" 2>&1; then
        cat "$log"
        echo "$target: FAILED"
        exit 1
    fi
    sed -n 's/^stat::number_of_executed_units: */'"$target"': inputs: /p; s/^stat::average_exec_per_sec: */'"$target"': a second: /p
        s/^stat::peak_rss_mb: */'"$target"': peak MB: /p' "$log"
done
