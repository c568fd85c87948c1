# lib.sh: shared by every record.sh in this folder; source it, do not run it.
#
# Makes throw-away network namespaces joined by veth pairs (or by the taps of relay.py), records with tcpdump, and removes everything
# again when the script ends, however it ends. All traffic stays inside these namespaces.
#
#   ns a b ...                        create namespaces (lo up)
#   link a eth0 b eth0                veth pair between two namespaces, offloads off, fixed MAC addresses
#   addr a eth0 10.0.0.1/24 ...       add addresses (IPv6 without duplicate address detection)
#   in_ns a command ...               run a command in a namespace
#   bg a command ...                  the same in the background; pid in $!, stopped at the end
#   record a eth0 file.pcap [args]    start tcpdump and wait until it listens
#   stop_record                       let the last packets arrive and stop all running tcpdumps
#   wait_port a tcp|udp PORT          wait until something listens in the namespace
#   wait_file FILE                   wait until a file is there
#   relay args ...                    start relay.py (see there) and wait until its devices exist
#   keep file.pcap ...                copy the results next to record.sh
#   keep_packed file.pcap.gz gzip     the same for a compressed file
set -euo pipefail
export LC_ALL=C TZ=UTC

HERE=$(cd "$(dirname "$0")" && pwd)
LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PY=/usr/bin/python3
P=gtd$$
WORK=$(mktemp -d "${TMPDIR:-/tmp}/record.XXXXXX")
chmod 755 "$WORK"
cd "$WORK"
NAMESPACES=()
RECORDERS=()
RELAYS=()
MAC=0

if [ "$(id -u)" != 0 ]; then
	echo "record.sh needs root (network namespaces, tcpdump)" >&2
	exit 1
fi

cleanup() {
	local status=$? n p
	set +e
	trap - EXIT INT TERM
	for p in "${RECORDERS[@]}" "${RELAYS[@]}"; do kill "$p" 2>/dev/null; done
	for n in "${NAMESPACES[@]}"; do
		for p in $(ip netns pids "$n" 2>/dev/null); do kill "$p" 2>/dev/null; done
	done
	sleep 0.3
	for n in "${NAMESPACES[@]}"; do
		for p in $(ip netns pids "$n" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done
		ip netns del "$n" 2>/dev/null
	done
	if [ "$status" != 0 ] && [ -s "$WORK/bg.log" ]; then
		echo "--- output of the background programs" >&2
		tail -n 40 "$WORK/bg.log" >&2
	fi
	cd /
	if [ "$status" != 0 ] && [ -n "${KEEP_WORK:-}" ]; then
		echo "left for inspection: $WORK" >&2
	else
		rm -rf "$WORK"
	fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

need() {
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null || { echo "$c is not installed" >&2; exit 1; }
	done
}
need ip tcpdump ethtool "$PY"

ns() {
	local n
	for n in "$@"; do
		ip netns add "$P-$n"
		NAMESPACES+=("$P-$n")
		ip -n "$P-$n" link set lo up
	done
}

in_ns() {
	local n=$1
	shift
	ip netns exec "$P-$n" "$@"
}

bg() {
	local n=$1
	shift
	ip netns exec "$P-$n" "$@" >>"$WORK/bg.log" 2>&1 </dev/null &
}

no_offload() {
	in_ns "$1" ethtool -K "$2" rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 || true
}

link() {
	local a=$1 da=$2 b=$3 db=$4
	MAC=$((MAC + 2))
	ip link add "$da" netns "$P-$a" address "$(printf '02:00:00:00:00:%02x' $((MAC - 1)))" type veth \
		peer name "$db" netns "$P-$b" address "$(printf '02:00:00:00:00:%02x' $MAC)"
	no_offload "$a" "$da"
	no_offload "$b" "$db"
	up "$a" "$da"
	up "$b" "$db"
}

up() {
	in_ns "$1" sh -c "echo 0 >/proc/sys/net/ipv6/conf/$2/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/$2/router_solicitations" || true
	ip -n "$P-$1" link set "$2" up
}

addr() {
	local n=$1 d=$2 a
	shift 2
	for a in "$@"; do
		case $a in
		*:*) ip -n "$P-$n" addr add "$a" dev "$d" nodad ;;
		*) ip -n "$P-$n" addr add "$a" dev "$d" brd + ;;
		esac
	done
}

record() {
	local n=$1 d=$2 f=$3 i
	shift 3
	ip netns exec "$P-$n" tcpdump -i "$d" -n -U -B 8192 -Z root -w "$f" "$@" 2>"$WORK/tcpdump.$d.err" </dev/null &
	RECORDERS+=($!)
	for i in $(seq 100); do
		grep -q 'listening on' "$WORK/tcpdump.$d.err" 2>/dev/null && return 0
		sleep 0.05
	done
	cat "$WORK/tcpdump.$d.err" >&2
	return 1
}

stop_record() {
	local p
	sleep 1.5 # tcpdump hands over a block of packets once a second
	for p in "${RECORDERS[@]}"; do
		kill -INT "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
	RECORDERS=()
}

wait_port() {
	local n=$1 proto=$2 port=$3 i o=-Hltn
	[ "$proto" = udp ] && o=-Hlun
	for i in $(seq 200); do
		in_ns "$n" ss $o "sport = :$port" 2>/dev/null | grep -q . && return 0
		sleep 0.05
	done
	echo "nothing listens on $proto port $port" >&2
	cat "$WORK/bg.log" >&2
	return 1
}

relay() {
	local i
	"$PY" "$LIB/relay.py" --prefix "$P-" --ready "$WORK/relay.ready" "$@" >>"$WORK/bg.log" 2>&1 </dev/null &
	RELAYS+=($!)
	for i in $(seq 100); do
		[ -e "$WORK/relay.ready" ] && { rm -f "$WORK/relay.ready"; return 0; }
		sleep 0.05
	done
	cat "$WORK/bg.log" >&2
	return 1
}

wait_file() { # FILE: waits until it is there and not empty, half a minute at most
	local i
	for i in $(seq 600); do
		[ -s "$1" ] && return 0
		sleep 0.05
	done
	echo "$1 did not appear" >&2
	return 1
}

has_packets() {
	case $1 in
	*.pcapng) need capinfos && [ "$(capinfos -TrMc "$1" | cut -f 2)" -gt 0 ] ;;
	*) [ "$(tcpdump -r "$1" -c 1 2>/dev/null | wc -l)" -gt 0 ] ;;
	esac
}

keep() {
	local f
	for f in "$@"; do
		has_packets "$f" || { echo "$f has no packets" >&2; exit 1; }
		cp "$f" "$HERE/$f"
		chmod 644 "$HERE/$f"
	done
}

keep_packed() { # FILE PROGRAM: the same for a compressed file
	[ "$("$2" -dc "$1" | tcpdump -r - -c 1 2>/dev/null | wc -l)" -gt 0 ] || { echo "$1 has no packets" >&2; exit 1; }
	cp "$1" "$HERE/$1"
	chmod 644 "$HERE/$1"
}
