#!/usr/bin/env bash
# tcp-basics: the ways a TCP connection begins, ends and stalls; the cases are listed in peer.py, plus netcat and socat sessions.
. "$(dirname "$0")/../lib.sh"
need nc socat nft

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.6.0.2/24 2001:db8:6::2/64
addr srv eth0 10.6.0.1/24 2001:db8:6::1/64
in_ns srv nft 'add table inet t; add chain inet t inp { type filter hook input priority 0; };
	add rule inet t inp tcp dport 5013 drop; add rule inet t inp tcp dport 5014 reject'
bg srv "$PY" "$HERE/peer.py" server
wait_port srv tcp 5015
record cli eth0 capture.pcap
in_ns cli "$PY" "$HERE/peer.py" client > done.log 2>err.log &

bg srv nc -N -l -p 6001 -s 10.6.0.1
bg srv socat TCP6-LISTEN:6002,bind=[2001:db8:6::1] EXEC:cat
wait_port srv tcp 6001
wait_port srv tcp 6002
printf 'netcat says hello\n' | in_ns cli nc -N -w 3 10.6.0.1 6001 >/dev/null
printf 'socat says hello\n' | in_ns cli socat -t 1 - TCP6:[2001:db8:6::1]:6002 >/dev/null
in_ns cli nc -z -w 1 10.6.0.1 6001 || true
# A port scan.
in_ns cli nc -z -w 1 10.6.0.1 6010-6025 2>/dev/null || true
wait_file done.log || { cat err.log >&2; exit 1; }
stop_record
keep capture.pcap
