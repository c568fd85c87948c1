#!/usr/bin/env bash
# udp-icmp: UDP, ICMP and other protocols through a router, IPv4 and IPv6, with fragments and errors; recorded on the client's link.
. "$(dirname "$0")/../lib.sh"
need socat ping traceroute nft

ns cli rt srv
link cli eth0 rt eth0
link rt eth1 srv eth0
addr cli eth0 10.10.1.2/24 2001:db8:101::2/64
addr rt eth0 10.10.1.1/24 2001:db8:101::1/64
addr rt eth1 10.10.2.1/24 2001:db8:102::1/64
addr srv eth0 10.10.2.2/24 2001:db8:102::2/64
in_ns rt sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
in_ns srv sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit; echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'
ip -n "$P-cli" route add default via 10.10.1.1
ip -n "$P-cli" -6 route add default via 2001:db8:101::1
ip -n "$P-srv" route add default via 10.10.2.1
ip -n "$P-srv" -6 route add default via 2001:db8:102::1
bg srv socat UDP4-LISTEN:7,fork EXEC:cat
bg srv socat UDP6-LISTEN:7,fork,ipv6only EXEC:cat
bg srv socat -u UDP6-RECV:9 OPEN:/dev/null
for p in 7 9; do wait_port srv udp $p; done
sleep 0.5
record cli eth0 capture.pcap

# UDP: echo, one way, from the server only, no data at all, large with fragments.
for h in 10.10.2.2 '[2001:db8:102::2]'; do
	printf 'echo this\n' | in_ns cli socat -t 0.3 - "UDP:$h:7" >/dev/null
	printf 'discard this\n' | in_ns cli socat -u - "UDP:$h:9"
done
in_ns cli "$PY" - <<'PYTHON'
import socket, time
for fam, h in ((socket.AF_INET, "10.10.2.2"), (socket.AF_INET6, "2001:db8:102::2")):
    s = socket.socket(fam, socket.SOCK_DGRAM)
    s.settimeout(1)
    s.connect((h, 7))
    s.send(b"")
    for n in (1, 1400, 8000):
        s.send(b"u" * n)
        try:
            s.recv(65536)
        except OSError:
            pass
    s.connect((h, 9))
    for _ in range(3):
        s.send(b"d" * 4000)
    # nobody listens
    s.connect((h, 33000))
    for _ in range(2):
        try:
            s.send(b"is anybody there?")
            s.recv(10)
        except OSError:
            pass
# many ports of one host, and one port without UDP checksum
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for p in range(33100, 33110):
    s.sendto(b"probe", ("10.10.2.2", p))
s.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
s.sendto(b"without checksum", ("10.10.2.2", 9))
# UDP-Lite, both protocols
for fam, h in ((socket.AF_INET, "10.10.2.2"), (socket.AF_INET6, "2001:db8:102::2")):
    try:
        l = socket.socket(fam, socket.SOCK_DGRAM, 136)
        l.sendto(b"partly covered", (h, 9))
    except OSError:
        pass
PYTHON
# Ping: normal, with options, fragmented, without an answer, broadcast, unreachable network and host, other ICMP types.
in_ns cli ping -q -c 3 -i 0.2 10.10.2.2 >/dev/null
in_ns cli ping -q -c 3 -i 0.2 2001:db8:102::2 >/dev/null
in_ns cli ping -q -c 1 -s 0 10.10.2.2 >/dev/null
in_ns cli ping -q -c 2 -i 0.2 -s 4000 10.10.2.2 >/dev/null
in_ns cli ping -q -c 2 -i 0.2 -s 4000 2001:db8:102::2 >/dev/null
in_ns cli ping -q -c 1 -R 10.10.2.2 >/dev/null
in_ns cli ping -q -c 1 -T tsonly 10.10.2.2 >/dev/null
in_ns cli ping -q -c 2 -b -w 1 10.10.1.255 >/dev/null 2>&1 || true
in_ns cli ping -q -c 1 -w 1 ff02::1%eth0 >/dev/null || true
in_ns cli ping -q -c 1 -w 1 203.0.113.9 >/dev/null || true
in_ns cli ping -q -c 1 -w 1 2001:db8:ffff::9 >/dev/null || true
in_ns cli ping -q -c 1 -W 4 10.10.2.77 >/dev/null || true
in_ns cli ping -q -c 1 -W 4 2001:db8:102::77 >/dev/null || true
in_ns cli ping -q -c 1 -w 1 10.10.1.88 >/dev/null 2>&1 || true
# TTL exceeded on the way.
in_ns cli traceroute -n -q 2 -w 1 -N 4 10.10.2.2 >/dev/null
in_ns cli traceroute -n -q 2 -w 1 -N 4 2001:db8:102::2 >/dev/null
in_ns cli traceroute -n -I -q 1 -w 1 10.10.2.2 >/dev/null
in_ns cli traceroute -n -T -p 80 -q 1 -w 1 10.10.2.2 >/dev/null
# Packet too big for the second link: path MTU discovery.
ip -n "$P-rt" link set eth1 mtu 1300
ip -n "$P-srv" link set eth0 mtu 1300
in_ns cli ping -q -c 2 -i 0.2 -M do -s 1400 10.10.2.2 >/dev/null 2>&1 || true
in_ns cli ping -q -c 2 -i 0.2 -s 1400 2001:db8:102::2 >/dev/null 2>&1 || true
# Rejected by the router: administratively prohibited. A redirect.
in_ns rt nft 'add table inet t; add chain inet t f { type filter hook forward priority 0; };
	add rule inet t f udp dport 4000 reject with icmpx type admin-prohibited; add rule inet t f udp dport 4001 reject with icmpx type host-unreachable'
for h in 10.10.2.2 '[2001:db8:102::2]'; do
	for p in 4000 4001; do printf 'blocked\n' | in_ns cli socat -u - "UDP:$h:$p" || true; done
done
in_ns rt nft flush ruleset
# Raw sockets: protocols without ports, ICMP timestamp and address mask requests, router solicitation, IGMP, IPv6 extension headers.
in_ns cli "$PY" - <<'PYTHON'
import socket, struct, time
def csum(b):
    if len(b) % 2:
        b += b"\0"
    s = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF
def icmp(b):
    return b[:2] + struct.pack(">H", csum(b)) + b[4:]
for proto in (253, 47, 50, 51, 89, 132, 103):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, proto)
    s.sendto(b"protocol %d without a known body ...." % proto, ("10.10.2.2", 0))
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, proto)
    if proto != 51:
        s.sendto(b"protocol %d without a known body ...." % proto, ("2001:db8:102::2", 0))
time.sleep(0.3)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(icmp(struct.pack(">BBHHHIII", 13, 0, 0, 7, 1, 1000, 0, 0)), ("10.10.2.2", 0))  # timestamp: answered
s.sendto(icmp(struct.pack(">BBHHHI", 17, 0, 0, 7, 1, 0)), ("10.10.2.2", 0))              # address mask: not answered
s.sendto(icmp(struct.pack(">BBHHH", 15, 0, 0, 7, 1)), ("10.10.2.2", 0))                  # information request
s.sendto(icmp(struct.pack(">BBHI", 10, 0, 0, 0)), ("10.10.1.1", 0))                      # router solicitation
s.sendto(icmp(struct.pack(">BBHHH", 0, 0, 0, 99, 1) + b"answer to nobody"), ("10.10.2.2", 0))
s.sendto(icmp(struct.pack(">BBHI", 4, 0, 0, 0) + b"E\0\0\x1c" + b"\0" * 24), ("10.10.2.2", 0))
s.sendto(icmp(struct.pack(">BBHI", 42, 5, 0, 0)), ("10.10.2.2", 0))
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.sendto(struct.pack(">BBHI", 133, 0, 0, 0), ("ff02::2%eth0", 0))                        # router solicitation
s.sendto(struct.pack(">BBHHH", 128, 0, 0, 5, 6) + b"odd length", ("2001:db8:102::2", 0))
s.sendto(struct.pack(">BBHHHI", 139, 1, 0, 0, 5, 6) + b"12345678", ("2001:db8:102::2", 0))
# IPv6 with hop-by-hop and destination options
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
pad = b"\0\0\1\4\0\0\0\0"
u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, pad)
u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, pad)
u.sendto(b"with extension headers", ("2001:db8:102::2", 9))
# a multicast group joined and left (IGMP, MLD), multicast data
m = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
req = socket.inet_aton("239.1.2.3") + socket.inet_aton("10.10.1.2")
m.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, req)
m.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.10.1.2"))
m.sendto(b"to the group", ("239.1.2.3", 5000))
m.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
m.sendto(b"to all", ("10.10.1.255", 5000))
m.sendto(b"to all", ("255.255.255.255", 5000))
time.sleep(0.5)
m.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, req)
PYTHON
sleep 0.5
stop_record
keep capture.pcap
