#!/usr/bin/env bash
# dnp3-opendnp3: a master and an outstation of opendnp3 over TCP, then over UDP; what is asked for is listed in peer.py. PEERS names a
# Python that has the package yadnp3.
. "$(dirname "$0")/../lib.sh"
PEERS=${PEERS:-$PY}

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.29.0.2/24
addr srv eth0 10.29.0.1/24
record cli eth0 capture.pcap
for transport in tcp udp; do
	bg srv "$PEERS" "$HERE/peer.py" outstation "$transport"
	STATION=$!
	until in_ns srv ss -Htuna "sport = :20000" | grep -q .; do sleep 0.1; done
	in_ns cli timeout 60 "$PEERS" "$HERE/peer.py" master "$transport"
	kill "$STATION"
done
stop_record
keep capture.pcap
