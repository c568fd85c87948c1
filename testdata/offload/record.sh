#!/usr/bin/env bash
# offload: recorded on the sending host with checksum and segmentation offload on: wrong checksums from this side (here: from both, a veth
# pair never fills them in) and segments larger than the wire carries.
. "$(dirname "$0")/../lib.sh"
need nc socat ping

ns cli srv
link cli eth0 srv eth0
for n in cli srv; do in_ns $n ethtool -K eth0 tx on rx on sg on tso on gso on gro on >/dev/null; done
addr cli eth0 10.14.0.2/24 2001:db8:14::2/64
addr srv eth0 10.14.0.1/24 2001:db8:14::1/64
bg srv socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg srv socat UDP6-LISTEN:7,fork,ipv6only=0 EXEC:cat
wait_port srv tcp 7
wait_port srv udp 7
record cli eth0 capture.pcap
printf 'a short session\n' | in_ns cli nc -N -w 2 10.14.0.1 7 >/dev/null
printf 'a short session\n' | in_ns cli nc -N -w 2 2001:db8:14::1 7 >/dev/null
head -c 20000 /dev/zero | tr '\0' 'o' | in_ns cli nc -N -w 2 10.14.0.1 7 >/dev/null
printf 'a datagram\n' | in_ns cli socat -t 0.1 - UDP:10.14.0.1:7 >/dev/null
printf 'a datagram\n' | in_ns cli socat -t 0.1 - 'UDP6:[2001:db8:14::1]:7' >/dev/null
in_ns cli ping -q -c 1 10.14.0.1 >/dev/null
stop_record
keep capture.pcap
