#!/usr/bin/env bash
# finger-fingerd: fingerd and finger behind socat: a user known and not, everybody, a long answer, a line without end
. "$(dirname "$0")/../lib.sh"
need in.fingerd finger socat

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.44.0.2/24 2001:db8:44::2/64
addr srv eth0 10.44.0.1/24 2001:db8:44::1/64
bg srv socat TCP6-LISTEN:79,fork,reuseaddr EXEC:"$(command -v in.fingerd)"
wait_port srv tcp 79
record cli eth0 capture.pcap tcp
ask() { # ADDRESS TEXT
	in_ns cli "$PY" - "$1" "$2" <<'PEER'
import socket
import sys

with socket.create_connection((sys.argv[1], 79)) as peer:
    peer.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
    peer.settimeout(3)
    try:
        while peer.recv(4096):
            pass
    except (TimeoutError, ConnectionError):
        pass
PEER
}
ask 10.44.0.1 'root\r\n'
ask 10.44.0.1 '/W root\r\n'
ask 2001:db8:44::1 'nobody-of-that-name\r\n'
ask 10.44.0.1 '\r\n'
ask 10.44.0.1 "$(printf 'x%.0s' $(seq 1500))"
stop_record
keep capture.pcap
