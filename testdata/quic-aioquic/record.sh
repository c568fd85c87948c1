#!/usr/bin/env bash
# quic-aioquic: a client and servers of aioquic; what they do is listed in peer.py. PEERS names a Python that has the package.
. "$(dirname "$0")/../lib.sh"
need openssl
PEERS=${PEERS:-$PY}

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.32.0.2/24 2001:db8:32::2/64
addr srv eth0 10.32.0.1/24 2001:db8:32::1/64
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=www.example.test \
	>/dev/null 2>&1
for address in 10.32.0.1 2001:db8:32::1; do bg srv "$PEERS" "$HERE/peer.py" server "$address" 443; done
bg srv "$PEERS" "$HERE/peer.py" retry 10.32.0.1 853
wait_port srv udp 443
wait_port srv udp 853
record cli eth0 capture.pcap
in_ns cli timeout 60 "$PEERS" "$HERE/peer.py" client 10.32.0.1 2001:db8:32::1
stop_record
keep capture.pcap
