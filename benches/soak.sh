#!/usr/bin/env bash
# soak.sh FILE [MINUTES [OPTION ...]]: whether gannet's memory grows under traffic that is always the same. For so long
# (default 30 minutes) it reads an interface that FILE is replayed to, once in every cycle, with a reload of another
# configuration meanwhile; then the wire is silent for a minute and more, so that all connections go but TCP's that nobody
# closed. In a cycle in the middle the interface goes down and up, and is deleted and made again. Live heap is what the
# process has allocated and not freed, as counted by heap.c from outside; beside it stands what the system says (anonymous
# pages). There is a trend if a straight line through the cycles climbs by more than 2 % of the mean over the run, or the
# second half's mean is more than 2 % above the first half's; the first three cycles fill pools, open logs and do not
# count. SECONDS_A_CYCLE (90), PACKETS_A_SECOND (10000) and KEEP (a directory for logs and counts) may be set. The options
# are gannet's. Needs root, tcpreplay, ip, cc and python3. GANNET names the binary; otherwise it is built.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,10s/^# //p' "$0"; exit 2; }
file=$(realpath "$1")
cd "$(dirname "$0")/.."
if [ -z "${GANNET:-}" ]; then
    cargo build --quiet --release -p gannet-cli
    GANNET=${CARGO_TARGET_DIR:-target}/release/gannet
fi
out=${KEEP:-$(mktemp -d)}
mkdir -p "$out"
from=gannet-from-$$ to=gannet-to-$$
trap 'ip netns del $from; ip netns del $to; [ -n "${KEEP:-}" ] || rm -rf "$out"' EXIT
cc -O2 -shared -fPIC -o "$out/heap.so" benches/heap.c
ip netns add "$from"
ip netns add "$to"
ip -n "$to" link set lo up
export SECONDS_A_CYCLE=${SECONDS_A_CYCLE:-90} PACKETS_A_SECOND=${PACKETS_A_SECOND:-10000}
python3 - "$file" "$GANNET" "$out" "${2:-30}" "$from" "$to" "${@:3}" <<'PY'
import json, mmap, os, re, signal, statistics, struct, subprocess, sys, threading, time

file, gannet, out, minutes, sender, sniffer = sys.argv[1:7]
options = sys.argv[7:]
WARM, TREND = 3, 0.02
cycle_seconds, rate = float(os.environ["SECONDS_A_CYCLE"]), os.environ["PACKETS_A_SECOND"]
cycles = max(WARM + 2, int(float(minutes) * 60 / cycle_seconds))
ADDRESS = "127.0.0.1:9991"
# Every log that comes by time is open before the cycles count.
LOGS = '[logs]\nlong-conns = ["1min"]\nstats-interval = "1min"\ncapture-loss-interval = "1min"\n'
CONFIGS = [
    '[capture]\nfilter = ""\n[engine]\nlocal-nets = ["10.0.0.0/8", "192.168.0.0/16"]\n[limits]\nanalyzer-bytes = "8M"\n',
    '[capture]\nfilter = "not ether proto 0x9999"\n[engine]\nlocal-nets = ["172.16.0.0/12"]\n[limits]\nanalyzer-bytes = "6M"\n',
]


def inside(namespace, *command, **how):
    return ["ip", "netns", "exec", namespace, *command]


def ip(namespace, *words):
    subprocess.run(["ip", "-n", namespace, *words], check=True)


def make_wire():
    ip(sender, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", sniffer)
    for end in (sender, sniffer):
        subprocess.run(inside(end, "sysctl", "-q", "-w", "net.ipv6.conf.wire.disable_ipv6=1"), check=True)
        ip(end, "link", "set", "wire", "mtu", "9000", "arp", "off", "up")


def flap():
    """Down and up, then gone and back."""
    ip(sniffer, "link", "set", "wire", "down")
    time.sleep(2)
    ip(sniffer, "link", "set", "wire", "up")
    time.sleep(2)
    ip(sniffer, "link", "del", "wire")
    time.sleep(2)
    make_wire()
    time.sleep(3)


def configure(number):
    with open(f"{out}/soak.toml", "w") as config:
        config.write(CONFIGS[number % 2] + LOGS)


class Heap:
    """What heap.c counts."""

    def __init__(self, name):
        with open(name, "rb") as counts:
            self.map = mmap.mmap(counts.fileno(), 0, prot=mmap.PROT_READ)

    def bytes(self):
        return struct.unpack_from("q", self.map)[0]

    def sizes(self):
        """Blocks by size."""
        numbers = struct.unpack_from(f"{len(self.map) // 8 - 3}q", self.map, 24)
        return {(at * 16 if at < 4096 else 1 << (at - 4096)): n for at, n in enumerate(numbers) if n}


def anonymous(pid):
    """Megabytes of anonymous pages."""
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return int(re.search(r"^Anonymous:\s+(\d+)", rollup.read(), re.M)[1]) / 1024


def metrics():
    """The page of metrics, summed over the workers."""
    page = subprocess.run(inside(sniffer, "python3", "-c", "import sys, urllib.request as u; "
                                 f"sys.stdout.write(u.urlopen('http://{ADDRESS}/metrics', timeout=5).read().decode())"),
                          capture_output=True, text=True, check=True).stdout
    sums = {}
    for name, value in re.findall(r"^(\w+)(?:\{[^\n]*\})? (\S+)$", page, re.M):
        sums[name] = sums.get(name, 0) + float(value)
    return sums


def replay():
    """Packets that were sent."""
    done = subprocess.run(inside(sender, "tcpreplay", "-q", "-K", "-i", "wire", "--pps", rate, file),
                          capture_output=True, text=True, check=True)
    return int(re.search(r"Successful packets:\s+(\d+)", done.stdout)[1])


class Peak(threading.Thread):
    """The most that was allocated, of twenty looks a second."""

    def __init__(self, heap):
        super().__init__(daemon=True)
        self.heap, self.top = heap, 0
        self.start()

    def run(self):
        while True:
            self.top = max(self.top, self.heap.bytes())
            time.sleep(0.05)

    def take(self):
        top, self.top = self.top, 0
        return top


def trend(name, values, scale=1e6):
    """Prints what became of a value; whether it climbs."""
    counted = values[WARM:]
    mean, half = statistics.mean(counted), len(counted) // 2
    slope = statistics.linear_regression(range(len(counted)), counted).slope if len(counted) > 1 else 0.0
    climb = slope * (len(counted) - 1) / mean
    first, second = statistics.mean(counted[:half]), statistics.mean(counted[-half:])
    step = second / first - 1
    climbs = climb > TREND or step > TREND
    print(f"{name}: {min(counted) / scale:.3f} to {max(counted) / scale:.3f} MB, mean {mean / scale:.3f}; "
          f"{slope * 1e6 / scale:+,.0f} bytes a cycle, {climb:+.2%} over the run; "
          f"second half {step:+.2%}: {'TREND' if climbs else 'no trend'}")
    return climbs


configure(0)
make_wire()
environment = {**os.environ, "LD_PRELOAD": f"{out}/heap.so", "HEAP_FILE": f"{out}/heap.count"}
command = [gannet, "-i", "wire", "--workers", "2", "-q", "--config", f"{out}/soak.toml", "-o", f"{out}/logs",
           "--metrics", ADDRESS, "--summary", "json", *options]
# Not through `ip netns exec`, which would be counted in the same file.
process = subprocess.Popen(["nsenter", f"--net=/run/netns/{sniffer}", "env", f"LD_PRELOAD={out}/heap.so",
                            f"HEAP_FILE={out}/heap.count", *command],
                           stdout=subprocess.PIPE, stderr=open(f"{out}/stderr", "w"), text=True)
time.sleep(3)
heap = Heap(f"{out}/heap.count")
peak = Peak(heap)
print(f"{file}: {os.path.getsize(file) / 1e6:.0f} MB at {rate} packets/s, {cycles} cycles of {cycle_seconds:.0f} s; "
      f"live heap at the start {heap.bytes() / 1e6:.3f} MB", flush=True)
print(f"{'cycle':>5} {'sent':>9} {'dropped':>8} {'reloads':>8} {'conns':>6} {'timers':>7} {'peak MB':>9} {'live MB':>9} {'blocks':>8} {'anon MB':>9}",
      flush=True)
rest, peaks, pages, sizes, sent = [], [], [], [], 0
begun = time.monotonic()
for cycle in range(1, cycles + 1):
    if cycle == cycles // 2 + 1:
        flap()
    configure(cycle)
    reload = threading.Timer(2, process.send_signal, [signal.SIGHUP])
    reload.start()
    sent += replay()
    reload.join()
    wait = begun + cycle * cycle_seconds - time.monotonic()
    if wait < 66:
        print(f"  cycle {cycle}: only {wait:.0f} s of silence, connections may be left")
    time.sleep(max(wait, 0))
    live = []
    for _ in range(11):
        live.append(heap.bytes())
        time.sleep(0.1)
    told = metrics()
    rest.append(statistics.median(live))
    peaks.append(peak.take())
    pages.append(anonymous(process.pid) * 1e6)
    sizes.append(heap.sizes())
    print(f"{cycle:5} {sent:9,} {told['gannet_packets_dropped_total']:8,.0f} {told['gannet_reloads_total']:8.0f} "
          f"{told.get('gannet_connections', -1):6.0f} {told.get('gannet_timers', -1):7.0f} "
          f"{peaks[-1] / 1e6:9.3f} {rest[-1] / 1e6:9.3f} {sum(sizes[-1].values()):8,} {pages[-1] / 1e6:9.1f}", flush=True)
process.send_signal(signal.SIGTERM)
said, _ = process.communicate(timeout=120)
if process.returncode != 0:
    sys.exit(f"gannet ended with {process.returncode}")
told = json.loads(said)
with open(f"{out}/summary.json", "w") as summary:
    summary.write(said)

climbs = [trend("live heap at rest", rest), trend("live heap, most of a cycle", peaks), trend("anonymous pages", pages)]
print("blocks by size that there are more of after the last cycle than after the third:")
grown = {size: sizes[-1].get(size, 0) - n for size, n in sizes[WARM].items()} | {
    size: n for size, n in sizes[-1].items() if size not in sizes[WARM]}
for size, more in sorted(grown.items(), key=lambda one: -abs(one[0] * one[1]))[:8]:
    if more:
        print(f"  {size:>9} bytes: {more:+}")
packets = told["live"]["packets"]
print("packets:", json.dumps(packets))
left_out = sum(packets[reason] for reason in ("filtered", "unusable", "undecodable", "bad_checksum", "in_hand"))
adds_up = sent == packets["seen"] == packets["dropped"] + packets["read"] and packets["read"] == left_out + packets["analysed"]
print(f"{sent:,} packets sent: the account {'adds up' if adds_up else 'DOES NOT ADD UP'}; given up:",
      json.dumps({what: n for what, n in told["given_up"].items() if n}), flush=True)
with open(f"{out}/logs/reporter.log") as reporter:
    rows = [row.rstrip("\n").split("\t") for row in reporter if not row.startswith("#")]
print(f"reporter.log: {len(rows)} rows, {sum('reloaded' in ' '.join(row) for row in rows)} reloads; the others:")
for row in rows:
    if "reloaded" not in " ".join(row):
        print("  " + " ".join(row))
sys.exit(1 if climbs[0] or climbs[1] or not adds_up else 0)
PY
