#!/usr/bin/env bash
# analyzers.sh: how many instructions each analyzer takes for a row of its log, as a table. It walks the test captures: for each
# log the one that has most of its rows is replayed with all analyzers, and without those that write the log; the difference
# is theirs, what they open inside included. Each capture is replayed once and three times, so that loading it falls out.
# PROFILE names another profile than release. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-release}
cargo build --quiet --profile "$profile" -p gannet-benches --bin replay
replay=${CARGO_TARGET_DIR:-target}/$profile/replay
shared=' conn files x509 ocsp pe weird analyzer reporter packet_filter tunnel open_conn capture_loss stats '

# Instructions of a replay: FILE TIMES LISTEN LOG.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$replay" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : *//p'
}

# Instructions of one time: FILE LISTEN LOG.
once() {
    local one three
    one=$(count "$1" 1 "$2" "$3")
    three=$(count "$1" 3 "$2" "$3")
    echo $(((three - one) / 2))
}

# The capture with most rows of a log: LOG.
richest() {
    grep -Hvc '^#' testdata/*/logs/"$1".log | sort -t: -k2,2nr | head -n 1 | cut -d/ -f2
}

declare -A all
echo '| log | capture | rows | instructions for a row |'
echo '|---|---|---|---|'
for log in $(basename -s .log testdata/*/logs/*.log | sort -u); do
    case $shared in *" $log "*) continue ;; esac
    capture=$(richest "$log")
    file=$(ls testdata/"$capture"/capture.pcap* | head -n 1)
    read -r _ _ rows < <("$replay" "$file" 1 more "$log")
    # A log that comes second in what its analyzer writes is in the row of the first.
    if [ "$rows" = 0 ] || ! "$replay" "$file" 1 without "$log" >/dev/null 2>&1; then continue; fi
    [ -n "${all[$capture]:-}" ] || all[$capture]=$(once "$file" more dns)
    without=$(once "$file" without "$log")
    echo "| \`$log\` | \`$capture\` | $rows | $(((all[$capture] - without) / rows)) |"
done
