#!/usr/bin/env bash
# instructions.sh: how many instructions the engine takes, which does not depend on what else the machine does. Counted by
# valgrind over test captures: for each packet with nothing, connections, everything and rows wanted, and for each DNS
# record. Every capture is replayed once and three times, so that loading it falls out; what it takes to make an engine and
# to end it is in the first line, and not in the others. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p gannet-benches --bin replay
replay=${CARGO_TARGET_DIR:-target}/release/replay
captures=(dns-bind tcp-basics tcp-faults udp-icmp netbios vlan "all of them")

# Instructions of a replay: FILE TIMES LISTEN.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$replay" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : *//p'
}

# Instructions of one time: FILE LISTEN.
once() {
    local one three
    one=$(count "$1" 1 "$2")
    three=$(count "$1" 3 "$2")
    echo $(((three - one) / 2))
}

modes=(nothing conn bare everything rows)
declare -A empty
for listen in "${modes[@]}"; do empty[$listen]=$(once - "$listen"); done
printf '%-14s%9s%10s%10s%10s%10s%10s%14s\n' capture packets nothing conn bare all rows dns/record
printf '%-14s%9d' '(engine)' 0
for listen in "${modes[@]}"; do printf '%10d' "${empty[$listen]}"; done
echo
for capture in "${captures[@]}"; do
    file=testdata/$capture/capture.pcap
    [ -e "$file" ] || file=testdata
    read -r packets _ dns < <("$replay" "$file" 1 everything)
    line=$(printf '%-14s%9d' "$capture" "$packets")
    for listen in "${modes[@]}"; do
        total=$(once "$file" "$listen")
        declare "$listen=$((total - empty[$listen]))"
        line+=$(printf '%10d' $((${!listen} / packets)))
    done
    if [ "$dns" -gt 0 ]; then
        line+=$(printf '%14d' $(((everything - bare) / dns)))
    fi
    echo "$line"
done
