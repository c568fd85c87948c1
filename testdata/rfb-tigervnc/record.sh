#!/usr/bin/env bash
# rfb-tigervnc: TigerVNC's server and vncsnapshot: without and with a password, a wrong one, 3.3 and 3.7, a method that is not followed
. "$(dirname "$0")/../lib.sh"
need Xtigervnc vncsnapshot tigervncpasswd

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.43.0.2/24
addr srv eth0 10.43.0.1/24
printf 'secret\nsecret\nn\n' | tigervncpasswd passwd >>bg.log 2>&1
printf 'wrong1\nwrong1\nn\n' | tigervncpasswd wrong >>bg.log 2>&1
bg srv Xtigervnc :41 -rfbport 5901 -SecurityTypes None -geometry 320x200 -desktop 'a free screen'
bg srv Xtigervnc :42 -rfbport 5902 -SecurityTypes VncAuth -PasswordFile "$WORK/passwd" -geometry 300x200 -desktop 'a screen'
bg srv Xtigervnc :43 -rfbport 5903 -SecurityTypes TLSNone -geometry 300x200
for port in 5901 5902 5903; do wait_port srv tcp $port; done
record cli eth0 capture.pcap tcp
snap() { in_ns cli timeout 20 vncsnapshot -quiet "$@" picture.jpg >>bg.log 2>&1 </dev/null || true; }
snap 10.43.0.1:1
snap -passwd passwd 10.43.0.1:2
snap -passwd wrong 10.43.0.1:2
in_ns cli "$PY" - <<'PEER'
import socket


def talk(port, version, *steps):
    """Sends each step when so many bytes have come."""
    with socket.create_connection(("10.43.0.1", port)) as peer:
        peer.settimeout(5)
        peer.recv(12, socket.MSG_WAITALL)
        peer.sendall(b"RFB 003.%03d\n" % version)
        for count, answer in steps:
            peer.recv(count, socket.MSG_WAITALL)
            peer.sendall(answer)
        peer.settimeout(0.5)
        try:
            while peer.recv(4096):
                pass
        except TimeoutError:
            pass


talk(5901, 3, (4, b"\0"))
talk(5901, 7, (2, b"\1"), (0, b"\1"))
talk(5901, 8, (2, b"\1"), (4, b"\1"), (24, b"\xfa\0\0\0"))
talk(5903, 8, (2, bytes([18])))
PEER
stop_record
keep capture.pcap
