#!/usr/bin/env bash
# logs.sh [ROWS]: the commands that read logs beside the usual tools, in one run, as ratios of processor time (the least of five):
# `gannet cut` and `cut -f` of coreutils on a conn.log, also on all its columns; `gannet search` that counts by service and awk; a
# log as Parquet, for each of its rows; `gannet search` of that and DuckDB, by time on the clock.
# GANNET names the program; without, a release is built. PYTHON names a Python with duckdb; CAPTURE a capture, of which logs are written
# in each way.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
gannet=${GANNET:-}
if [ -z "$gannet" ]; then
    cargo build --quiet --release -p gannet-cli
    gannet=${CARGO_TARGET_DIR:-target}/release/gannet
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
log=$dir/conn.log
awk -v rows="$rows" 'BEGIN {
    OFS = "\t"
    print "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn"
    print "#fields", "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes",
        "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes",
        "resp_pkts", "resp_ip_bytes", "tunnel_parents", "ip_proto"
    print "#types", "time", "string", "addr", "port", "addr", "port", "enum", "string", "interval", "count", "count", "string",
        "bool", "bool", "count", "string", "count", "count", "count", "count", "set[string]", "count"
    split("- dns http ssl ssh ntp quic smtp", service, " ")
    for (n = 0; n < rows; n++) {
        r = (n * 7919 + 12345) % 104729
        print sprintf("%d.%06d", 1300000000 + n / 50, r), "C" r "x" n, "10." r % 4 "." r % 250 "." n % 250, 1024 + r % 60000,
            "192.0.2." r % 200, r % 1024, "tcp", service[1 + r % 8], sprintf("%d.%06d", r % 60, r), r * 3, r * 17, "SF", "T", "F", 0,
            "ShADadFf", r % 90, r * 4, r % 70, r * 18, "-", 6
    }
}' >"$log"

# Least processor time of five runs, in milliseconds.
least() {
    local best=
    for _ in 1 2 3 4 5; do
        local took
        took=$({ TIMEFORMAT='%U %S'; time "$@" >/dev/null; } 2>&1 | awk '{ print int(($1 + $2) * 1000) }')
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    echo "$best"
}

compare() {
    local name=$1 ours=$2 theirs=$3
    printf '%-40s %8d ms %8d ms   ratio %s\n' "$name" "$ours" "$theirs" "$(awk "BEGIN { printf \"%.2f\", $ours / ($theirs + 0.001) }")"
}

printf '%-40s %11s %11s\n' "$rows rows, $(($(stat -c %s "$log") >> 20)) MB" gannet other
compare 'cut ts uid service | cut -f1,2,8' "$(least "$gannet" cut -r "$log" ts uid service)" "$(least cut -f1,2,8 "$log")"
compare 'cut all | cut -f1-' "$(least "$gannet" cut -r "$log")" "$(least cut -f1- "$log")"
compare 'cut ip_proto | cut -f22' "$(least "$gannet" cut -r "$log" ip_proto)" "$(least cut -f22 "$log")"
compare 'search --by service | awk' "$(least "$gannet" search true "$log" --by service)" \
    "$(least awk -F'\t' '!/^#/ { n[$8]++ } END { for (s in n) print s, n[s] }' "$log")"

# Least time on the clock of five runs, in milliseconds.
quickest() {
    local best=
    for _ in 1 2 3 4 5; do
        local took
        took=$({ TIMEFORMAT='%R'; time "$@" >/dev/null; } 2>&1 | awk '{ print int($1 * 1000) }')
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    echo "$best"
}

parquet=$dir/conn.parquet
took=$(least "$gannet" convert --parquet "$log" -o "$parquet")
printf '%-40s %8d ms   %s us a row, %d MB\n' 'convert --parquet' "$took" "$(awk "BEGIN { printf \"%.2f\", $took * 1000 / $rows }")" \
    "$(($(stat -c %s "$parquet") >> 20))"

python=${PYTHON:-python3}
# DuckDB says itself how long its queries take, the least of five, once it has begun.
duck() {
    "$python" - "$parquet" "$1" <<'END'
import sys, time, duckdb
connection, best = duckdb.connect(), None
for _ in range(5):
    begun = time.perf_counter()
    connection.sql(sys.argv[2].replace('LOG', f"read_parquet('{sys.argv[1]}')")).fetchall()
    took = time.perf_counter() - begun
    best = took if best is None else min(best, took)
print(int(best * 1000))
END
}
uid=$(sed -n "$((rows / 2))p" "$log" | cut -f2)
if "$python" -c 'import duckdb' 2>/dev/null; then
    compare 'search --by service | DuckDB' "$(quickest "$gannet" search true "$parquet" --by service)" \
        "$(duck 'select service, count(*) from LOG group by 1')"
    compare 'search id.resp_p, bytes | DuckDB' "$(quickest "$gannet" search 'id.resp_p == 443 && orig_bytes > 1000' "$parquet" --count)" \
        "$(duck 'select count(*) from LOG where "id.resp_p" = 443 and orig_bytes > 1000')"
    compare 'search uid | DuckDB' "$(quickest "$gannet" search "uid == \"$uid\"" "$parquet")" "$(duck "select * from LOG where uid = '$uid'")"
fi

if [ -n "${CAPTURE:-}" ]; then
    logs() { rm -rf "$dir/logs" "$dir/spool" && "$gannet" -q -C --workers 1 -o "$@" "$CAPTURE"; }
    tsv=$(least logs "$dir/logs")
    compare 'all as JSON | TSV' "$(least logs "$dir/logs" --json)" "$tsv"
    compare 'gzip archive | TSV' "$(least logs "$dir/spool" --archive "$dir/logs")" "$tsv"
    compare 'gzip archive and Parquet | TSV' "$(least logs "$dir/spool" --archive "$dir/logs" --parquet "$dir/logs/parquet")" "$tsv"
fi
