#!/usr/bin/env bash
# pcapng-two-interfaces: dumpcap on two interfaces of one host, an Ethernet device and a tun device (two link types in one pcapng file).
. "$(dirname "$0")/../lib.sh"
need dumpcap nc socat ping

ns cli srv
link cli eth0 srv eth0
relay --pair cli/tun0 srv/tun0 --tun
for n in cli srv; do up $n tun0; done
addr cli eth0 10.15.1.2/24
addr srv eth0 10.15.1.1/24
addr cli tun0 10.15.2.2/24
addr srv tun0 10.15.2.1/24
bg srv socat TCP4-LISTEN:7,reuseaddr,fork EXEC:cat
bg srv socat UDP4-LISTEN:7,fork EXEC:cat
wait_port srv tcp 7
wait_port srv udp 7
chmod 777 .
ip netns exec "$P-cli" dumpcap -q -i eth0 -i tun0 --capture-comment 'two interfaces' -w capture.pcapng 2>dumpcap.err &
RECORDERS+=($!)
for _ in $(seq 100); do
	[ -s capture.pcapng ] && grep -q 'File:' dumpcap.err && break
	sleep 0.05
done
sleep 0.5
for i in 1 2; do
	in_ns cli ping -q -c 1 10.15.$i.1 >/dev/null
	printf 'link %d\n' $i | in_ns cli nc -N -w 2 10.15.$i.1 7 >/dev/null
	printf 'link %d\n' $i | in_ns cli socat -t 0.1 - UDP:10.15.$i.1:7 >/dev/null
done
stop_record
# The file names the kernel of the recording host: put a neutral text of the same length there.
R=$(uname -r)
sed -i "s/${R//./\\.}/$(printf "%-${#R}.${#R}s" 6.1.0)/g" capture.pcapng
keep capture.pcapng
