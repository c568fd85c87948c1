#!/usr/bin/env bash
# websocket-websockets: a client and a server of websockets; what they do is listed in peer.py. PEERS names a Python that has the package.
. "$(dirname "$0")/../lib.sh"
PEERS=${PEERS:-$PY}

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.33.0.2/24 2001:db8:33::2/64
addr srv eth0 10.33.0.1/24 2001:db8:33::1/64
for address in 10.33.0.1 2001:db8:33::1; do bg srv "$PEERS" "$HERE/peer.py" server "$address"; done
wait_port srv tcp 8080
wait_port srv tcp 80
record cli eth0 capture.pcap
in_ns cli timeout 60 "$PEERS" "$HERE/peer.py" client 10.33.0.1 2001:db8:33::1
stop_record
keep capture.pcap
