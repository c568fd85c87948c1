#!/usr/bin/env bash
# dns-dnsmasq: a forwarder between a client and BIND, with unanswered, repeated and failing queries; the two links of the forwarder
# are recorded apart and merged by time.
. "$(dirname "$0")/../lib.sh"
need named dnsmasq dig nft mergecap

ns cli fwd srv
link cli eth0 fwd eth0
link fwd eth1 srv eth0
addr cli eth0 10.2.1.2/24
addr fwd eth0 10.2.1.1/24
addr fwd eth1 10.2.2.2/24
addr srv eth0 10.2.2.1/24
ip -n "$P-cli" route add default via 10.2.1.1
ip -n "$P-srv" route add default via 10.2.2.2

cat > zone <<'Z'
$TTL 30
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 900 1209600 30
@ IN NS ns1
ns1 IN A 10.2.2.1
www IN A 192.0.2.80
www IN AAAA 2001:db8::80
short 1 IN A 192.0.2.1
alias IN CNAME www
txt IN TXT "hello from the zone"
Z
cat > named.conf <<C
options { directory "$WORK"; pid-file "$WORK/named.pid"; session-keyfile "$WORK/s.key"; listen-on { any; }; recursion no; dnssec-validation no;
 minimal-responses yes; };
controls { };
zone "example.test" { type primary; file "zone"; };
zone "broken.test" { type primary; file "missing"; };
C
bg srv named -4 -g -c named.conf
wait_port srv tcp 53
bg fwd dnsmasq -k --conf-file=/dev/null --pid-file= --user=root --no-hosts --no-resolv --server=10.2.2.1 --cache-size=100 \
	--address=/local.test/10.2.1.1 --host-record=router.lan,10.2.1.1 --ptr-record=1.1.2.10.in-addr.arpa,router.lan --dns-forward-max=20
wait_port fwd udp 53
record cli eth0 client.pcap
record fwd eth1 server.pcap

d() { in_ns cli dig @10.2.1.1 +tries=1 +time=1 "$@" >> dig.log 2>&1 || true; }
# The same socket asks again after a pause that is longer than a flow lives.
in_ns cli "$PY" - <<'PYTHON' &
import socket, time
def ask(s, i):
    s.send(i.to_bytes(2, "big") + bytes.fromhex("01000001000000000000") + b"\3www\7example\4test\0" + bytes.fromhex("00010001"))
    s.recv(4096)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.2.1.2", 40054))
s.connect(("10.2.1.1", 53))
s.settimeout(2)
ask(s, 1)
time.sleep(3)
ask(s, 2)
time.sleep(21)
ask(s, 1)
PYTHON
SLOW=$!
d www.example.test A
d www.example.test A        # from the cache
d www.example.test AAAA
d alias.example.test A
d txt.example.test TXT
d nothere.example.test A
d nothere.example.test A    # negative cache
d router.lan A
d x.local.test A
d -x 10.2.1.1
d version.bind CH TXT
d +tcp www.example.test A
d www.broken.test A         # SERVFAIL
d www.elsewhere.test A      # REFUSED upstream
in_ns cli dig @10.2.1.1 +tries=1 +time=1 +noedns short.example.test A >/dev/null 2>&1 || true
# Many clients' questions at once, the same id twice on one socket.
in_ns cli "$PY" - <<'PYTHON'
import socket, struct, time
def q(i, name, t=1):
    return (struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0)
            + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0" + struct.pack(">HH", t, 1))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.2.1.2", 40053))
s.connect(("10.2.1.1", 53))
s.settimeout(0.5)
def drain():
    try:
        while True:
            s.recv(4096)
    except OSError:
        pass
for i in range(8):
    s.send(q(100 + i, "www.example.test", 1 if i % 2 else 28))
drain()
for name in ("www.example.test", "alias.example.test", "router.lan", "www.example.test"):
    s.send(q(7, name))
drain()
s.send(q(8, "www.example.test"))
s.send(q(8, "www.example.test"))
s.send(q(8, "www.example.test"))
drain()
PYTHON
# The server's answers are lost: dig repeats, dnsmasq forwards each time.
in_ns srv nft 'add table ip t; add chain ip t out { type filter hook output priority 0; }; add rule ip t out udp sport 53 drop'
in_ns cli dig @10.2.1.1 +tries=3 +time=1 +noedns lost.example.test A >/dev/null 2>&1 || true
in_ns srv nft flush ruleset
d lost.example.test A
# The queries are lost, then come back.
in_ns srv nft 'add table ip t; add chain ip t inp { type filter hook input priority 0; }; add rule ip t inp udp dport 53 drop'
in_ns cli dig @10.2.1.1 +tries=2 +time=1 +noedns lost2.example.test A >/dev/null 2>&1 || true
in_ns srv nft flush ruleset
d lost2.example.test A
wait $SLOW
# No server process: port unreachable towards the forwarder.
kill "$(cat named.pid)"
sleep 0.5
d gone.example.test A
d www.example.test TXT
stop_record
mergecap -F pcap -w capture.pcap client.pcap server.pcap
keep capture.pcap
