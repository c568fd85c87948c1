#!/usr/bin/env bash
# live.sh FILE [ROUNDS [LOOPS [OPTION ...]]]: the highest rate, in packets a second, at which gannet with one worker and a
# ring of 64 MB loses nothing of a replay of FILE, LOOPS times over (default 2: the replay should be 20 times the ring),
# and the same for tcpdump with a buffer of the same size; in turn, ROUNDS times (default 3); the medians count. The
# options are gannet's. Needs root, tcpreplay, tcpdump, ip and python3. GANNET names the binary; otherwise it is built.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
file=$(realpath "$1")
cd "$(dirname "$0")/.."
if [ -z "${GANNET:-}" ]; then
    cargo build --quiet --release -p gannet-cli
    GANNET=${CARGO_TARGET_DIR:-target}/release/gannet
fi
out=$(mktemp -d)
from=gannet-from-$$ to=gannet-to-$$
trap 'ip netns del $from; ip netns del $to; rm -rf "$out"' EXIT
ip netns add "$from"
ip netns add "$to"
ip -n "$from" link add wire type veth peer name wire netns "$to"
for end in "$from" "$to"; do
    ip netns exec "$end" sysctl -q -w net.ipv6.conf.wire.disable_ipv6=1
    ip -n "$end" link set wire mtu 9000 arp off up
done
python3 - "$file" "$GANNET" "$out" "${2:-3}" "${3:-2}" "$from" "$to" "${@:4}" <<'PY'
import json, re, signal, statistics, subprocess, sys, time

file, gannet, out, rounds, loops, sender, sniffer = sys.argv[1:8]
options = sys.argv[8:]


def sniff(tool):
    command = {
        "tcpdump": ["tcpdump", "-i", "wire", "-n", "-B", "65536", "-w", "/dev/null"],
        "gannet": [gannet, "-i", "wire", "-C", "-q", "--workers", "1", "--ring-size", "64M", "-o", out,
                   "--summary", "json", *options],
    }[tool]
    process = subprocess.Popen(["ip", "netns", "exec", sniffer, *command],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    return process


def lost(tool, process):
    """Packets that the kernel has seen, and dropped."""
    time.sleep(1)
    process.send_signal(signal.SIGTERM if tool == "gannet" else signal.SIGINT)
    said, complained = process.communicate(timeout=120)
    if tool == "gannet":
        packets = json.loads(said)["live"]["packets"]
        return packets["seen"], packets["dropped"]
    received = int(re.search(r"(\d+) packets? received by filter", complained)[1])
    return received, int(re.search(r"(\d+) packets? dropped by kernel", complained)[1])


def replay(rate):
    """Replays at a rate, or as fast as it goes; the rate that came of it."""
    pace = ["--topspeed"] if rate is None else ["--pps", str(rate)]
    done = subprocess.run(["ip", "netns", "exec", sender, "tcpreplay", "-q", "-K", "-i", "wire", "--loop", loops, *pace, file],
                          capture_output=True, text=True, check=True)
    return float(re.search(r"([\d.]+) pps", done.stdout)[1])


def run(tool, rate):
    process = sniff(tool)
    real = replay(rate)
    seen, dropped = lost(tool, process)
    print(f"  {tool}: {real:,.0f} packets/s, {seen:,} seen, {dropped:,} dropped", flush=True)
    return real, dropped


def best(tool):
    """The highest rate without a drop, within 5 %."""
    top, dropped = run(tool, None)
    if not dropped:
        return top
    low, high = 0.0, top
    rate = top / 2
    while low == 0 or high > low * 1.05:
        real, dropped = run(tool, int(rate))
        if dropped:
            high = min(high, real)
        else:
            low = max(low, real)
            if real < rate * 0.9:
                return low
        rate = (low + high) / 2 if low else high / 2
        if high < 5000:
            return 0.0
    return low


results = {"tcpdump": [], "gannet": []}
for number in range(int(rounds)):
    for tool, rates in results.items():
        rates.append(best(tool))
        print(f"round {number + 1}: {tool} {rates[-1]:,.0f} packets/s", flush=True)
medians = {tool: statistics.median(rates) for tool, rates in results.items()}
print(f"gannet {medians['gannet']:,.0f}, tcpdump {medians['tcpdump']:,.0f} packets/s: {medians['gannet'] / medians['tcpdump']:.2f}")
PY
