#!/usr/bin/env bash
# Runs the compiler for cargo, as RUSTC_WRAPPER: rustc.sh RUSTC ARGUMENTS. Leaves the counters that guide a fuzzer out of all crates
# but our own, whose paths it is to find: half of the time would go into counting the steps of hashes and decompressors. The
# sanitizer's checks stay in all of them.
set -euo pipefail
[[ ${CARGO_PKG_NAME:-} == gannet* ]] && exec "$@"
kept=()
for argument; do
    case $argument in
        -Cpasses=*sancov* | -Cllvm-args=-sanitizer-coverage*) ;;
        *) kept+=("$argument") ;;
    esac
done
exec "${kept[@]}"
