#!/usr/bin/env bash
# gre: GRE between two hosts, plain, with keys, sequence numbers and checksums, with Ethernet inside, over IPv6; ERSPAN types
# I, II and III, which mirror the traffic of another link.
. "$(dirname "$0")/../uml.sh" ip_gre ip6_gre act_mirred cls_matchall sch_ingress
. "$(dirname "$0")/../lib.sh"
need nc socat ping curl tc

ns a b
link a eth0 b eth0
addr a eth0 10.23.0.1/24 2001:db8:23::1/64
addr b eth0 10.23.0.2/24 2001:db8:23::2/64
gre() { # DEVICE TYPE NETWORK OPTIONS
	local name=$1 type=$2 net=$3 outer=10.23.0. n me peer
	shift 3
	case $type in ip6*) outer=2001:db8:23:: ;; esac
	for n in a:1:2 b:2:1; do
		IFS=: read -r n me peer <<<"$n"
		ip -n "$P-$n" link add "$name" type "$type" local $outer"$me" remote $outer"$peer" "$@"
		up "$n" "$name"
		no_offload "$n" "$name"
		addr "$n" "$name" 192.0.2.$((net * 8 + me))/29 2001:db8:123:"$net"::"$me"/64
	done
}
gre plain gre 1
gre keyed gre 2 key 77 csum seq
gre ether gretap 3 key 3
gre over6 ip6gre 4 key 4
gre ether6 ip6gretap 5 csum
mkdir www
seq 1 800 > www/numbers.txt
bg b "$PY" -m http.server -d www 80
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP4-LISTEN:7,fork EXEC:cat
wait_port b tcp 80
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap
for net in 1 2 3 4 5; do
	in_ns a ping -q -c 1 192.0.2.$((net * 8 + 2)) >/dev/null
	in_ns a ping -q -c 1 2001:db8:123:$net::2 >/dev/null
	printf 'inside a tunnel\n' | in_ns a nc -N -w 2 2001:db8:123:$net::2 7 >/dev/null
	printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP:192.0.2.$((net * 8 + 2)):7 >/dev/null
done
in_ns a curl -s -S -o got http://192.0.2.10/numbers.txt
cmp got www/numbers.txt
in_ns a curl -s -S -o got http://192.0.2.26/numbers.txt
cmp got www/numbers.txt

# Host c and a have a link of their own; what a sees on it goes as ERSPAN to b.
ns c
link c eth0 a eth1
addr c eth0 198.51.100.2/24
addr a eth1 198.51.100.1/24
span() { # VERSION OPTIONS
	local v=$1
	shift
	ip -n "$P-a" link add span type erspan key 3"$v" seq local 10.23.0.1 remote 10.23.0.2 erspan_ver "$v" "$@"
	up a span
	in_ns a tc qdisc add dev eth1 clsact
	for way in ingress egress; do in_ns a tc filter add dev eth1 $way matchall action mirred egress mirror dev span; done
	in_ns c ping -q -c 1 198.51.100.1 >/dev/null
	printf 'type %s\n' "$v" | in_ns c socat -t 0.2 - UDP:198.51.100.1:7 >/dev/null
	printf 'type %s\n' "$v" | in_ns c nc -N -w 2 198.51.100.1 7 >/dev/null
	in_ns a tc qdisc del dev eth1 clsact
	ip -n "$P-a" link del span
}
bg a socat TCP4-LISTEN:7,reuseaddr,fork EXEC:cat
bg a socat UDP4-LISTEN:7,fork EXEC:cat
wait_port a tcp 7
wait_port a udp 7
span 0
span 1 erspan 123
span 2 erspan_dir ingress erspan_hwid 17
stop_record
keep capture.pcap
