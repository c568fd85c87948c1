#!/usr/bin/env bash
# raw-ip: recorded on a tun device: packets begin with the IP header (LINKTYPE_RAW), IPv4 and IPv6 mixed.
. "$(dirname "$0")/../lib.sh"
need nc socat ping

ns cli srv
relay --pair cli/tun0 srv/tun0 --tun
for n in cli srv; do up $n tun0; done
addr cli tun0 10.13.0.2/24 2001:db8:13::2/64
addr srv tun0 10.13.0.1/24 2001:db8:13::1/64
bg srv socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg srv socat UDP4-LISTEN:7,fork EXEC:cat
wait_port srv tcp 7
wait_port srv udp 7
record cli tun0 capture.pcap
in_ns cli ping -q -c 2 -i 0.2 10.13.0.1 >/dev/null
in_ns cli ping -q -c 2 -i 0.2 2001:db8:13::1 >/dev/null
in_ns cli ping -q -c 1 -s 3000 10.13.0.1 >/dev/null
printf 'over a tunnel\n' | in_ns cli nc -N -w 2 10.13.0.1 7 >/dev/null
printf 'over a tunnel\n' | in_ns cli nc -N -w 2 2001:db8:13::1 7 >/dev/null
printf 'over a tunnel\n' | in_ns cli socat -t 0.1 - UDP:10.13.0.1:7 >/dev/null
stop_record
keep capture.pcap
