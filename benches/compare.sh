#!/usr/bin/env bash
# compare.sh FILE [ROUNDS [OPTION ...]]: processor time (user and system) of gannet over a capture, as a multiple of what
# tcpdump needs to read and write the same packets. The two run in turn, ROUNDS times (default 5); the medians count.
# Besides: the most memory that gannet had. The options are gannet's, e.g. --log conn,dns,weird. GANNET names the binary;
# otherwise it is built. Needs tcpdump and python3.
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

file, gannet, out, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
commands = {
    "tcpdump": ["tcpdump", "-r", file, "-w", "/dev/null"],
    "gannet": [gannet, "-r", file, "-C", "--workers", "1", "-o", out, *sys.argv[5:]],
}


def measure(command):
    """Processor seconds, seconds on the clock, most resident megabytes."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed: {said.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


with open(file, "rb") as capture:  # Both find the file in memory, as far as it fits.
    while capture.read(1 << 20):
        pass
results = {name: [] for name in commands}
for _ in range(rounds):
    for name, command in commands.items():
        results[name].append(measure(command))

size = os.path.getsize(file) / 1e6
base = statistics.median(cpu for cpu, _, _ in results["tcpdump"])
print(f"{file}: {size:.0f} MB, medians of {rounds}")
print(f"{'':10}{'cpu s':>8}{'of tcpdump':>12}{'wall s':>8}{'MB/cpu s':>10}{'peak MB':>9}   cpu s, all rounds")
for name, runs in results.items():
    cpu = statistics.median(cpu for cpu, _, _ in runs)
    wall = statistics.median(wall for _, wall, _ in runs)
    peak = max(rss for _, _, rss in runs)
    every = " ".join(f"{cpu:.2f}" for cpu, _, _ in runs)
    print(f"{name:10}{cpu:8.2f}{cpu / base:12.2f}{wall:8.2f}{size / cpu:10.0f}{peak:9.1f}   {every}")
PY
