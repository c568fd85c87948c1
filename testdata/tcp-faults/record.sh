#!/usr/bin/env bash
# tcp-faults: transfers over a wire that loses, repeats and reorders packets, recorded at the receiver (retransmissions of packets
# not seen, gaps that are filled later); then two transfers from whose record every ninth packet was taken out (gaps that stay).
. "$(dirname "$0")/../lib.sh"
need socat editcap mergecap

ns cli srv
relay --pair cli/tap0 srv/tap0 --loss 3 --dup 2 --reorder 5 --delay 1 --pair cli/tap1 srv/tap1 --delay 1
for n in cli srv; do for d in tap0 tap1; do up $n $d; done; done
addr cli tap0 10.7.0.2/24
addr srv tap0 10.7.0.1/24
addr cli tap1 10.7.1.2/24
addr srv tap1 10.7.1.1/24
record cli tap0 client.pcap
head -c 24000 /dev/zero | tr '\0' 'a' > up.txt
seq 1 6000 > down.txt
bg srv socat TCP-LISTEN:7001,reuseaddr,fork OPEN:up.out,creat,append
bg srv socat TCP-LISTEN:7002,reuseaddr,fork OPEN:down.txt,rdonly
wait_port srv tcp 7001
wait_port srv tcp 7002
for i in 1 2; do
	in_ns cli timeout 20 socat -u OPEN:up.txt TCP:10.7.0.1:7001
	in_ns cli timeout 20 socat -u TCP:10.7.0.1:7002 OPEN:down.out,creat,trunc
	cmp down.txt down.out
done
stop_record
# Packets that arrived but are missing in the record.
record cli tap1 whole.pcap
in_ns cli timeout 20 socat -u OPEN:up.txt TCP:10.7.1.1:7001
in_ns cli timeout 20 socat -u TCP:10.7.1.1:7002 OPEN:down.out,creat,trunc
stop_record
# shellcheck disable=SC2046
editcap -F pcap whole.pcap gaps.pcap $(seq 9 9 200)
mergecap -F pcap -w capture.pcap client.pcap gaps.pcap
keep capture.pcap
