#!/usr/bin/env bash
# modbus-pymodbus: a client and a server of pymodbus; the functions are listed in peer.py. PEERS names a Python that has the package.
. "$(dirname "$0")/../lib.sh"
PEERS=${PEERS:-$PY}

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.28.0.2/24 2001:db8:28::2/64
addr srv eth0 10.28.0.1/24 2001:db8:28::1/64
for address in 10.28.0.1 2001:db8:28::1; do bg srv "$PEERS" "$HERE/peer.py" server "$address"; done
until [ "$(in_ns srv ss -Hltn "sport = :502" | wc -l)" = 2 ]; do sleep 0.1; done
record cli eth0 capture.pcap
in_ns cli timeout 60 "$PEERS" "$HERE/peer.py" client 10.28.0.1 2001:db8:28::1
stop_record
keep capture.pcap
