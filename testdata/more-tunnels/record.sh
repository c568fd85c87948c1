#!/usr/bin/env bash
# more-tunnels: L2TP version 2 (xl2tpd and pppd), MPLS in GRE (RFC 4023) with one label and with two, MPLS in UDP (RFC 7510) and TZSP as
# scapy makes them of what was recorded; inside: ping, HTTP, TCP and UDP, IPv4 and, in L2TP, IPv6.
. "$(dirname "$0")/../uml.sh" ppp_generic ppp_async ipv6 ip_gre mpls_router mpls_iptunnel
. "$(dirname "$0")/../lib.sh"
need xl2tpd pppd nc socat ping curl
"$PY" -c 'import scapy.contrib.tzsp' 2>/dev/null || { echo "scapy is not installed (python3-scapy)" >&2; exit 1; }

mkdir -p /dev/pts /run/lock
mount -t devpts pts /dev/pts
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
ns a b
link a eth0 b eth0
addr a eth0 10.33.0.1/24
addr b eth0 10.33.0.2/24
mkdir www
seq 1 800 > www/numbers.txt
bg b "$PY" -m http.server -d www 80
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP4-LISTEN:7,fork EXEC:cat
wait_port b tcp 80
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap

talk() { # HOST
	in_ns a ping -q -c 1 "$1" >/dev/null
	printf 'inside a tunnel\n' | in_ns a nc -N -w 2 "$1" 7 >/dev/null
	printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP:"$1":7 >/dev/null
	in_ns a curl -s -S -o got http://"$1"/numbers.txt
	cmp got www/numbers.txt
}

# Labels on the way to the other host, of which the last one is popped there.
mpls() { # DEVICE NETWORK LABELS OPTIONS
	local device=$1 net=$2 labels=$3 h n me peer
	shift 3
	for h in a:1:2 b:2:1; do
		IFS=: read -r n me peer <<<"$h"
		ip -n "$P-$n" link add "$device" type gre local 10.33.0."$me" remote 10.33.0."$peer" "$@"
		up "$n" "$device"
		no_offload "$n" "$device"
		in_ns "$n" sysctl -q -w net.mpls.platform_labels=1000 net.mpls.conf."$device".input=1 net.mpls.conf.lo.input=1
		addr "$n" lo 192.0.2.$((net * 8 + me))/32
		ip -n "$P-$n" -f mpls route replace 100 dev lo
		ip -n "$P-$n" -f mpls route replace 200 dev lo
		ip -n "$P-$n" route add 192.0.2.$((net * 8 + peer))/32 encap mpls "$labels" dev "$device" src 192.0.2.$((net * 8 + me))
	done
	talk 192.0.2.$((net * 8 + 2))
}
mpls one 1 100
mpls two 2 200/100 key 2

cat > options <<C
noauth
nodefaultroute
noccp
novj
nobsdcomp
nodeflate
nolock
C
(cat options; echo 'ipv6 ::2,::1') > server.options
(cat options; echo 'ipv6 ::1,::2') > client.options
cat > server.conf <<C
[global]
listen-addr = 10.33.0.2
[lns default]
ip range = 198.51.100.1-198.51.100.1
local ip = 198.51.100.2
require chap = no
refuse pap = yes
require authentication = no
pppoptfile = $PWD/server.options
length bit = yes
C
cat > client.conf <<C
[global]
listen-addr = 10.33.0.1
[lac b]
lns = 10.33.0.2
require authentication = no
pppoptfile = $PWD/client.options
autodial = yes
C
mkdir -p /run/xl2tpd
bg b xl2tpd -D -c "$PWD/server.conf" -p "$PWD/server.pid" -C "$PWD/server.control"
wait_port b udp 1701
bg a xl2tpd -D -c "$PWD/client.conf" -p "$PWD/client.pid" -C "$PWD/client.control"
for _ in $(seq 200); do
	in_ns a ping -q -c 1 -W 1 198.51.100.2 >/dev/null 2>&1 && break
	sleep 0.05
done
in_ns a ping -q -c 1 fe80::2%ppp0 >/dev/null
talk 198.51.100.2
echo 'd b' > client.control
for _ in $(seq 200); do
	ip -n "$P-a" link show ppp0 >/dev/null 2>&1 || break
	sleep 0.05
done

# What was seen on the wire, as a router sends it on: IP below two labels in UDP, and Ethernet frames in TZSP. No kernel at hand has the one.
(
	RECORDERS=()
	rm -f "$WORK/tcpdump.eth0.err"
	record a eth0 seen.pcap
	talk 10.33.0.2
	stop_record
)
in_ns a "$PY" - seen.pcap <<'PYTHON'
import socket, sys
from scapy.all import IP, raw, rdpcap
from scapy.contrib.mpls import MPLS
from scapy.contrib.tzsp import TZSP, TZSPTagEnd, TZSPTagRawRSSIByte
mpls, tzsp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
seen = rdpcap(sys.argv[1])
for at, frame in enumerate(seen):
    tags = TZSPTagRawRSSIByte(raw_rssi=7) / TZSPTagEnd() if at % 2 else TZSPTagEnd()
    tzsp.sendto(raw(TZSP(type=0, encapsulated_protocol=1) / tags / raw(frame)), ("10.33.0.2", 37008))
for frame in seen:
    if IP in frame:
        labels = MPLS(label=200, s=0, ttl=64) / MPLS(label=100, s=1, ttl=64)
        mpls.sendto(raw(labels / raw(frame[IP])), ("10.33.0.2", 6635))
PYTHON
stop_record
keep capture.pcap
