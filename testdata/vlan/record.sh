#!/usr/bin/env bash
# vlan: the same two addresses on several VLANs of a trunk (802.1Q, QinQ with 88A8 and with 8100 twice, priority tag, untagged), IPv4,
# IPv6 and ARP. The kernel need not have VLAN devices: relay.py carries the hosts' frames over the tagged wire that is recorded.
. "$(dirname "$0")/../lib.sh"
need nc socat ping

pairs=()
hosts=()
n=0
for tags in - 8100:10 8100:0x2014 8100:0 88a8:100,8100:30 8100:200,8100:40 9100:300,8100:50 8100:1,8100:2,8100:3; do
	n=$((n + 1))
	hosts+=("$n")
	ns "a$n" "b$n"
	pairs+=(--pair "a$n/eth0" "b$n/eth0" --mirror trunk/trunk0)
	[ "$tags" = - ] || pairs+=(--tags "$tags")
done
ns trunk
relay "${pairs[@]}"
in_ns trunk sh -c 'echo 1 >/proc/sys/net/ipv6/conf/trunk0/disable_ipv6'
ip -n "$P-trunk" link set trunk0 up promisc on arp off
for n in "${hosts[@]}"; do
	for h in a b; do
		ip -n "$P-$h$n" link set eth0 address "02:00:00:00:0$n:$([ $h = a ] && echo 01 || echo 02)"
		up $h$n eth0
		addr $h$n eth0 10.11.0.$([ $h = a ] && echo 1 || echo 2)/24 2001:db8:11::$([ $h = a ] && echo 1 || echo 2)/64
	done
	bg "b$n" socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
	bg "b$n" socat UDP4-LISTEN:7,fork EXEC:cat
	wait_port "b$n" tcp 7
	wait_port "b$n" udp 7
done
record trunk trunk0 capture.pcap
for n in "${hosts[@]}"; do
	in_ns "a$n" ping -q -c 1 -w 2 10.11.0.2 >/dev/null
	in_ns "a$n" ping -q -c 1 -w 2 2001:db8:11::2 >/dev/null
	printf 'over tcp, case %d\n' "$n" | in_ns "a$n" nc -N -p 40000 -w 2 10.11.0.2 7 >/dev/null
	printf 'over tcp6, case %d\n' "$n" | in_ns "a$n" nc -N -p 40001 -w 2 2001:db8:11::2 7 >/dev/null
	printf 'over udp, case %d\n' "$n" | in_ns "a$n" socat -t 0.1 - UDP:10.11.0.2:7,sourceport=40000 >/dev/null
done
stop_record
keep capture.pcap
