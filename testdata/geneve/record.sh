#!/usr/bin/env bash
# geneve: two Geneve networks between two hosts, one of them with outer IPv6; inside: ARP, ping, HTTP, TCP and UDP, IPv4 and IPv6;
# then one whose packets have an option.
. "$(dirname "$0")/../uml.sh" geneve
. "$(dirname "$0")/../lib.sh"
need nc socat ping curl

ns a b
link a eth0 b eth0
addr a eth0 10.22.0.1/24 2001:db8:22::1/64
addr b eth0 10.22.0.2/24 2001:db8:22::2/64
geneve() { # NUMBER NAMESPACE HOST REMOTE
	ip -n "$P-$2" link add gnv"$1" address "02:00:00:00:$1:0$3" type geneve id "$1" remote "$4"
	up "$2" gnv"$1"
	no_offload "$2" gnv"$1"
}
geneve 42 a 1 10.22.0.2
geneve 42 b 2 10.22.0.1
geneve 43 a 1 2001:db8:22::2
geneve 43 b 2 2001:db8:22::1
addr a gnv42 192.0.2.1/24 2001:db8:122::1/64
addr b gnv42 192.0.2.2/24 2001:db8:122::2/64
addr a gnv43 198.51.100.1/24
addr b gnv43 198.51.100.2/24
mkdir www
seq 1 800 > www/numbers.txt
bg b "$PY" -m http.server -d www 80
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP4-LISTEN:7,fork EXEC:cat
wait_port b tcp 80
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap
in_ns a ping -q -c 2 -i 0.2 192.0.2.2 >/dev/null
in_ns a ping -q -c 1 2001:db8:122::2 >/dev/null
in_ns a ping -q -c 1 198.51.100.2 >/dev/null
in_ns a curl -s -S -o got http://192.0.2.2/numbers.txt
in_ns a curl -s -S -o got http://198.51.100.2/numbers.txt
cmp got www/numbers.txt
printf 'inside a tunnel\n' | in_ns a nc -N -w 2 2001:db8:122::2 7 >/dev/null
printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP:198.51.100.2:7 >/dev/null
printf 'beside the tunnel\n' | in_ns a socat -t 0.1 - UDP:10.22.0.2:7 >/dev/null

# Options go with a device whose tunnel is said by each route. The kernel has no such device beside others.
for n in a b; do
	for d in gnv42 gnv43; do ip -n "$P-$n" link del $d; done
done
option() { # NAMESPACE HOST PEER
	ip -n "$P-$1" link add gnv address 02:00:00:00:44:0"$2" type geneve external
	up "$1" gnv
	no_offload "$1" gnv
	addr "$1" gnv 203.0.113."$2"/32
	ip -n "$P-$1" neigh add 203.0.113."$3" lladdr 02:00:00:00:44:0"$3" dev gnv
	ip -n "$P-$1" route add 203.0.113."$3" encap ip id 44 dst 10.22.0."$3" geneve_opts 0xff01:0x42:0102030405060708 dev gnv
}
option a 1 2
option b 2 1
in_ns a curl -s -S -o got http://203.0.113.2/numbers.txt
cmp got www/numbers.txt
stop_record
keep capture.pcap
