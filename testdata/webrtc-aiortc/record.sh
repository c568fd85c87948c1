#!/usr/bin/env bash
# webrtc-aiortc: two browsers' worth of aiortc: addresses found by STUN, keys by DTLS, sound and reports as SRTP, all on one flow.
# PEERS names a Python that has aiortc, which Debian has not.
. "$(dirname "$0")/../lib.sh"
PEERS=${PEERS:-$PY}
"$PEERS" -c 'import aiortc' 2>/dev/null || { echo "aiortc is not installed" >&2; exit 1; }

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.51.0.2/24
addr srv eth0 10.51.0.1/24
record cli eth0 capture.pcap udp
bg srv "$PEERS" "$HERE/peer.py" answer
in_ns cli timeout 20 "$PEERS" "$HERE/peer.py" offer >>bg.log 2>&1
stop_record
keep capture.pcap
