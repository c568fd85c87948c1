#!/usr/bin/env bash
# sip-sipp: calls of sipp with itself, and a few messages by hand.
. "$(dirname "$0")/../lib.sh"
need sipp

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.34.0.2/24
addr srv eth0 10.34.0.1/24
bg srv sipp -sn uas -i 10.34.0.1 -p 5060 -nostdin
bg srv sipp -sn uas -i 10.34.0.1 -p 15060 -nostdin
wait_port srv udp 5060
wait_port srv udp 15060
record cli eth0 capture.pcap
call() { in_ns cli timeout 20 sipp -sn uac -i 10.34.0.2 -nostdin -m "$1" -r 5 -d 200 "${@:2}" >/dev/null 2>&1 || true; }
call 3 -p 5061 10.34.0.1:5060
call 1 -p 5062 10.34.0.1:15060
bg srv "$PY" "$HERE/peer.py" 10.34.0.1
wait_port srv udp 25060
in_ns cli "$PY" "$HERE/peer.py" 10.34.0.2 10.34.0.1
stop_record
keep capture.pcap
