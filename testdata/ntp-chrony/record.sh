#!/usr/bin/env bash
# ntp-chrony: servers and clients of chrony that leave the host's clock alone, ntpdig, and messages that manage a server.
. "$(dirname "$0")/../lib.sh"
need chronyd ntpdig

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.30.0.2/24 2001:db8:30::2/64
addr srv eth0 10.30.0.1/24 2001:db8:30::1/64
printf '1 SHA1 HEX:0102030405060708090a0b0c0d0e0f1011121314\n2 MD5 HEX:a1a2a3a4a5a6a7a8\n' > keys
chmod 600 keys
common() { # NAME: what all configurations have
	printf 'pidfile %s/%s.pid\ncmdport 0\nbindcmdaddress /\nkeyfile %s/keys\nallow\n' "$WORK" "$1" "$WORK"
}
{ common srv; echo 'local stratum 1'; echo 'broadcast 2 10.30.0.255'; echo 'peer 10.30.0.2 minpoll 1 maxpoll 1 key 1'; } > srv.conf
{ common cli; echo 'local stratum 9'; echo 'server 10.30.0.1 minpoll 1 maxpoll 1 key 1'; echo 'server 2001:db8:30::1 minpoll 1 maxpoll 1 xleave'; } > cli.conf
record cli eth0 capture.pcap
bg srv chronyd -x -d -u root -f "$WORK/srv.conf"
wait_port srv udp 123
in_ns cli ntpdig -t 2 10.30.0.1 >/dev/null || true
in_ns cli ntpdig -t 2 -a 2 -k keys 10.30.0.1 >/dev/null 2>&1 || true
in_ns cli timeout 20 chronyd -x -Q -u root -f /dev/null "pidfile $WORK/q.pid" 'cmdport 0' 'server 10.30.0.1 iburst maxsamples 2' >/dev/null 2>&1 || true
bg cli chronyd -x -d -u root -f "$WORK/cli.conf"
sleep 10
in_ns cli "$PY" - <<'PYTHON'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.30.0.1", 123))
for message in ("16020001000000000000000000000000"[:24], "1700032a00000000" + "00" * 40, "20", "23020000"):
    s.send(bytes.fromhex(message))
PYTHON
stop_record
keep capture.pcap
