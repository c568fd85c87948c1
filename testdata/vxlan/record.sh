#!/usr/bin/env bash
# vxlan: two VXLAN networks between two hosts; inside: ARP, ping, TCP and UDP, IPv4 and IPv6; and a datagram outside.
. "$(dirname "$0")/../lib.sh"
need nc socat ping

ns a b
link a eth0 b eth0
addr a eth0 10.19.0.1/24
addr b eth0 10.19.0.2/24
for v in 42 43; do
	for h in a:1:2 b:2:1; do
		IFS=: read -r n me peer <<<"$h"
		ip -n "$P-$n" link add vx$v address "02:00:00:00:$v:0$me" type vxlan id $v dstport 4789 local 10.19.0.$me remote 10.19.0.$peer
		up "$n" vx$v
		no_offload "$n" vx$v
	done
done
addr a vx42 192.0.2.1/24 2001:db8:19::1/64
addr b vx42 192.0.2.2/24 2001:db8:19::2/64
addr a vx43 198.51.100.1/24
addr b vx43 198.51.100.2/24
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP4-LISTEN:7,fork EXEC:cat
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap
in_ns a ping -q -c 2 -i 0.2 192.0.2.2 >/dev/null
in_ns a ping -q -c 1 2001:db8:19::2 >/dev/null
for t in 192.0.2.2 2001:db8:19::2 198.51.100.2; do printf 'inside a tunnel\n' | in_ns a nc -N -w 2 $t 7 >/dev/null; done
printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP:198.51.100.2:7 >/dev/null
printf 'beside the tunnel\n' | in_ns a socat -t 0.1 - UDP:10.19.0.2:7 >/dev/null
stop_record
keep capture.pcap
