#!/usr/bin/env bash
# scaling.sh FILE [ROUNDS [OPTION ...]]: how the time over a capture changes with the number of workers: elapsed time with N
# workers on N processors, for N = 1, 2, 4 ... up to all of them, as a share of that of one worker on one; and the processor
# time (user and system) of 8 workers as a multiple of one worker's. All in turn, ROUNDS times (default 5); the medians
# count. The options are gannet's. Needs taskset and python3. GANNET names the binary; otherwise it is built.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
file=$(realpath "$1")
cd "$(dirname "$0")/.."
if [ -z "${GANNET:-}" ]; then
    cargo build --quiet --release -p gannet-cli
    GANNET=${CARGO_TARGET_DIR:-target}/release/gannet
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 - "$file" "$GANNET" "$out" "${2:-5}" "${@:3}" <<'PY'
import os, statistics, subprocess, sys, time

file, gannet, out, rounds, options = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:]
cores = sorted(os.sched_getaffinity(0))
counts = [n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n < len(cores)] + [len(cores)]
ways = [(n, n) for n in counts]
if (8, 8) not in ways:
    ways.append((8, len(cores)))
times = {way: ([], []) for way in ways}
with open(file, "rb") as capture:  # All find the file in memory, as far as it fits.
    while capture.read(1 << 20):
        pass
for _ in range(rounds):
    for way in ways:
        workers, processors = way
        own = ",".join(map(str, cores[:processors]))
        command = ["taskset", "-c", own, gannet, "-q", "-C", "--workers", str(workers), "-r", file, "-o", out, *options]
        start = time.monotonic()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit("gannet failed")
        times[way][0].append(time.monotonic() - start)
        times[way][1].append(usage.ru_utime + usage.ru_stime)
median = {way: tuple(map(statistics.median, both)) for way, both in times.items()}
alone, spent = median[1, 1]
print(f"{'workers':>7} {'processors':>10} {'elapsed s':>9} {'share':>6} {'cpu s':>6} {'of one':>6}")
for (workers, processors), (elapsed, cpu) in median.items():
    print(f"{workers:7} {processors:10} {elapsed:9.2f} {elapsed / alone:6.2f} {cpu:6.2f} {cpu / spent:6.2f}")
PY
