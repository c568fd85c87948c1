#!/usr/bin/env bash
# dns-update: nsupdate with and without TSIG, prerequisites, NOTIFY and zone transfers to a BIND secondary.
. "$(dirname "$0")/../lib.sh"
need named nsupdate dig tsig-keygen

ns cli pri sec sw
for n in cli pri sec; do link $n eth0 sw p-$n; done
ip -n "$P-sw" link add br0 type bridge mcast_snooping 0
for n in cli pri sec; do ip -n "$P-sw" link set p-$n master br0; done
up sw br0
addr cli eth0 10.3.0.3/24
addr pri eth0 10.3.0.1/24
addr sec eth0 10.3.0.2/24

cat > zone <<'Z'
$TTL 300
@ IN SOA ns1.dyn.test. hostmaster.dyn.test. 1 7200 900 1209600 30
@ IN NS ns1
@ IN NS ns2
ns1 IN A 10.3.0.1
ns2 IN A 10.3.0.2
old IN A 192.0.2.1
old IN TXT "to be removed"
Z
tsig-keygen -a hmac-sha256 upd > upd.key
cat > pri.conf <<C
include "$WORK/upd.key";
options { directory "$WORK"; pid-file "$WORK/pri.pid"; session-keyfile "$WORK/p.key"; listen-on { any; }; recursion no; dnssec-validation no;
 notify yes; notify-delay 0; startup-notify-rate 20; };
controls { };
zone "dyn.test" { type primary; file "zone"; allow-update { 10.3.0.3; key upd; }; allow-transfer { any; }; };
zone "locked.test" { type primary; file "zone2"; allow-update { none; }; };
C
sed 's/dyn\.test/locked.test/' zone > zone2
mkdir sec
cat > sec.conf <<C
options { directory "$WORK/sec"; pid-file "$WORK/sec.pid"; session-keyfile "$WORK/s.key"; listen-on { any; }; recursion no; dnssec-validation no; };
controls { };
zone "dyn.test" { type secondary; primaries { 10.3.0.1; }; file "zone"; allow-notify { 10.3.0.1; }; };
C
record sw br0 capture.pcap
bg pri named -4 -g -c pri.conf
wait_port pri tcp 53
bg sec named -4 -g -c sec.conf
wait_port sec tcp 53
sleep 1

u() { in_ns cli nsupdate "$@" >> nsupdate.log 2>&1 || true; }
u <<'U'
server 10.3.0.1
zone dyn.test
update add host1.dyn.test 300 A 192.0.2.11
update add host1.dyn.test 300 AAAA 2001:db8::11
update add host1.dyn.test 300 TXT "one" "two words"
update add _http._tcp.dyn.test 300 SRV 0 5 80 host1.dyn.test.
update add alias.dyn.test 60 CNAME host1.dyn.test.
send
U
u <<'U'
server 10.3.0.1
zone dyn.test
prereq nxdomain host2.dyn.test
update add host2.dyn.test 300 A 192.0.2.12
send
prereq yxdomain host2.dyn.test
update delete host2.dyn.test A 192.0.2.12
update add host2.dyn.test 300 A 192.0.2.13
send
prereq nxrrset host2.dyn.test MX
prereq yxrrset host2.dyn.test A
update add host2.dyn.test 300 MX 10 host1.dyn.test.
send
prereq yxrrset host2.dyn.test A 192.0.2.13
update delete old.dyn.test
send
update delete host1.dyn.test TXT
send
U
# Failing prerequisites, a foreign zone, a refused update.
u <<'U'
server 10.3.0.1
zone dyn.test
prereq nxdomain host2.dyn.test
update add host2.dyn.test 300 A 192.0.2.14
send
U
u <<'U'
server 10.3.0.1
zone dyn.test
prereq yxdomain nobody.dyn.test
update add nobody.dyn.test 300 A 192.0.2.14
send
U
u <<'U'
server 10.3.0.1
zone dyn.test
prereq yxrrset host2.dyn.test AAAA
update add host2.dyn.test 300 A 192.0.2.14
send
U
u <<'U'
server 10.3.0.1
zone other.test
update add x.other.test 300 A 192.0.2.14
send
U
u <<'U'
server 10.3.0.1
zone locked.test
update add x.locked.test 300 A 192.0.2.14
send
U
# With TSIG, over TCP, and more than fits into UDP.
u -k upd.key <<'U'
server 10.3.0.1
zone dyn.test
update add signed.dyn.test 300 A 192.0.2.15
update add signed.dyn.test 300 A 192.0.2.16
send
U
u -v <<'U'
server 10.3.0.1
zone dyn.test
update add tcp.dyn.test 300 A 192.0.2.17
update delete host1.dyn.test AAAA
send
U
{
	echo "server 10.3.0.1"
	echo "zone dyn.test"
	for i in $(seq 1 40); do echo "update add n$i.dyn.test 300 A 198.51.100.$i"; done
	echo send
} | in_ns cli nsupdate >> nsupdate.log 2>&1 || true
sleep 1.5
in_ns cli dig @10.3.0.2 +tries=1 +time=1 host2.dyn.test A > dig.log || true
in_ns cli dig @10.3.0.2 +tries=1 +time=1 n40.dyn.test A >> dig.log || true
in_ns cli dig @10.3.0.2 +tries=1 +time=1 +opcode=NOTIFY dyn.test SOA >> dig.log || true
stop_record
keep capture.pcap
