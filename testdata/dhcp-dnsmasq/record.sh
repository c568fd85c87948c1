#!/usr/bin/env bash
# dhcp-dnsmasq: udhcpc asks dnsmasq for addresses; what udhcpc does not send is sent by hand.
. "$(dirname "$0")/../lib.sh"
need dnsmasq udhcpc

ns cli srv
link cli eth0 srv eth0
addr srv eth0 10.31.0.1/24
bg srv dnsmasq -k --conf-file=/dev/null --pid-file= --user=root --port=0 --interface=eth0 --bind-interfaces --dhcp-leasefile="$WORK/leases" \
	--dhcp-range=10.31.0.50,10.31.0.60,120s --domain=example.test --dhcp-option=option:ntp-server,10.31.0.1 --dhcp-authoritative \
	--dhcp-host=02:00:00:00:00:77,ignore
wait_port srv udp 67
cat > script <<'S'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/24" dev "$interface"
S
chmod 755 script
client() { timeout 25 ip netns exec "$P-cli" udhcpc -i eth0 -f -n -q -t 2 -T 1 -A 1 -s "$WORK/script" "$@" >/dev/null 2>&1 || true; }
record cli eth0 capture.pcap
client -x hostname:printer -R
client -x hostname:desk -F desk.example.test -x 0x3d:01020000000042
client -r 192.0.2.7 -V maker
client -C -x hostname:bare
# A lease that is renewed while udhcpc runs, and given back at its end.
timeout -s INT 8 ip netns exec "$P-cli" udhcpc -i eth0 -f -R -s "$WORK/script" -p "$WORK/long.pid" >/dev/null 2>&1 &
LONG=$!
sleep 3
kill -USR1 "$(cat long.pid)"
sleep 2
kill -USR2 "$(cat long.pid)" || true
wait "$LONG" || true
in_ns cli ip addr flush dev eth0
in_ns cli ip addr add 10.31.0.99/24 dev eth0
in_ns cli "$PY" - <<'PYTHON'
import socket, time
def message(xid, options, client="0.0.0.0", mac="020000000078", cookie="63825363"):
    head = bytes.fromhex("01010600") + xid.to_bytes(4, "big") + bytes(4) + socket.inet_aton(client) + bytes(12)
    head += bytes.fromhex(mac) + bytes(10 + 192)
    return head + bytes.fromhex(cookie) + bytes.fromhex(options)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("10.31.0.99", 68))
to = ("10.31.0.1", 67)
s.sendto(message(0x1001, "350108" + "370106" + "ff", "10.31.0.99"), to)      # INFORM
time.sleep(0.3)
s.sendto(message(0x1002, "350104" + "32040a1f0063" + "3802" + "6e6f" + "ff"), to)  # DECLINE with a reason
s.sendto(message(0x1003, "350101ff", mac="020000000077"), ("10.31.0.255", 67))   # nobody answers
s.sendto(message(0x1004, "ff"), ("10.31.0.255", 67))                        # BOOTP
s.sendto(message(0x1005, "350103ff", cookie="00000000"), to)
PYTHON
stop_record
keep capture.pcap
