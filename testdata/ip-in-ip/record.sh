#!/usr/bin/env bash
# ip-in-ip: the four ways to put IPv4 and IPv6 into each other, and five tunnels one in the other; inside: ping, HTTP, TCP and UDP,
# fragments inside, fragments outside.
. "$(dirname "$0")/../uml.sh" ipip sit ip6_tunnel
. "$(dirname "$0")/../lib.sh"
need nc socat ping curl

ns a b
link a eth0 b eth0
addr a eth0 10.24.0.1/24 2001:db8:24::1/64
addr b eth0 10.24.0.2/24 2001:db8:24::2/64
tunnel() { # DEVICE TYPE LOCAL-AND-REMOTE-WITHOUT-HOST INNER-WITHOUT-HOST OPTIONS
	local name=$1 type=$2 outer=$3 inner=$4 n me peer
	shift 4
	for n in a:1:2 b:2:1; do
		IFS=: read -r n me peer <<<"$n"
		ip -n "$P-$n" link add "$name" type "$type" local "$outer$me" remote "$outer$peer" "$@"
		up "$n" "$name"
		no_offload "$n" "$name"
		case $inner in
		*:) addr "$n" "$name" "$inner$me/64" ;;
		*) addr "$n" "$name" "$inner$me/24" ;;
		esac
	done
}
tunnel t44 ipip 10.24.0. 192.0.2.
tunnel t64 sit 10.24.0. 2001:db8:124::
tunnel t6 ip6tnl 2001:db8:24:: 198.51.100. mode any
addr a t6 2001:db8:125::1/64
addr b t6 2001:db8:125::2/64
# One in the other, three deep and five deep.
tunnel n2 ipip 198.51.100. 203.0.113.
tunnel n3 sit 203.0.113. 2001:db8:126::
tunnel n4 ip6tnl 2001:db8:126:: 2001:db8:127:: mode ip6ip6
tunnel n5 ip6tnl 2001:db8:127:: 10.25.0. mode ipip6
mkdir www
seq 1 800 > www/numbers.txt
bg b "$PY" -m http.server -d www --bind :: 80
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP6-LISTEN:7,fork,ipv6only=0 EXEC:cat
wait_port b tcp 80
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap
for to in 192.0.2.2 2001:db8:124::2 198.51.100.2 2001:db8:125::2 203.0.113.2 2001:db8:126::2 2001:db8:127::2 10.25.0.2; do
	in_ns a ping -q -c 1 $to >/dev/null
	printf 'inside a tunnel\n' | in_ns a nc -N -w 2 $to 7 >/dev/null
done
for to in 192.0.2.2 198.51.100.2; do printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP4:$to:7 >/dev/null; done
for to in 2001:db8:124::2 2001:db8:125::2; do printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - "UDP6:[$to]:7" >/dev/null; done
in_ns a curl -s -S -o got http://192.0.2.2/numbers.txt
cmp got www/numbers.txt
in_ns a curl -s -S -o got 'http://[2001:db8:124::2]/numbers.txt'
cmp got www/numbers.txt
# Fragments of what is inside; then of what is outside.
in_ns a ping -q -c 1 -s 3000 192.0.2.2 >/dev/null
in_ns a ping -q -c 1 -s 3000 2001:db8:124::2 >/dev/null
for n in a b; do
	ip -n "$P-$n" link set t44 mtu 4000
	ip -n "$P-$n" link change t44 type ipip nopmtudisc
done
in_ns a ping -q -c 1 -s 3000 -M dont 192.0.2.2 >/dev/null
stop_record
keep capture.pcap
