#!/usr/bin/env bash
# dns-bind: dig against an authoritative BIND with one name for nearly every record type, over UDP and TCP, IPv4 and IPv6.
. "$(dirname "$0")/../lib.sh"
need named dig dnssec-keygen dnssec-signzone openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.1.1.2/24 2001:db8:1::2/64
addr srv eth0 10.1.1.1/24 2001:db8:1::1/64

cat > plain.zone <<'Z'
$TTL 3600
@        IN SOA   ns1.example.test. hostmaster.example.test. 2024010101 7200 900 1209600 300
@        IN NS    ns1
@        IN NS    ns2
@        IN MX    10 mail
@        IN MX    20 mail.backup
@        IN TXT   "v=spf1 ip4:192.0.2.0/24 -all"
@        IN SPF   "v=spf1 ip4:192.0.2.0/24 -all"
@        IN CAA   0 issue "ca.example.net"
@        IN CAA   128 iodef "mailto:security@example.test"
@        IN HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.80 ipv6hint=2001:db8::80
ns1      IN A     10.1.1.1
ns1      IN AAAA  2001:db8:1::1
ns2      IN A     10.1.1.1
mail     IN A     192.0.2.25
mail.backup IN A  192.0.2.26
www      IN A     192.0.2.80
www      IN A     192.0.2.81
www   60 IN A     192.0.2.82
www      IN AAAA  2001:db8::80
alias    IN CNAME www
chain1   IN CNAME chain2
chain2   IN CNAME chain3
chain3   IN CNAME www
away     IN CNAME host.elsewhere.test.
multi    IN TXT   "first string" "second; with \"quotes\"" "" "tab\009 comma, and \255\000 bytes"
hinfo    IN HINFO "X86-64" "Linux 6"
rp       IN RP    admin.example.test. multi.example.test.
loc      IN LOC   52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
afsdb    IN AFSDB 1 ns1
_sip._udp IN SRV  10 60 5060 sip
_sip._udp IN SRV  20 0 5062 mail
sip      IN A     192.0.2.60
naptr    IN NAPTR 100 10 "S" "SIP+D2U" "" _sip._udp
naptr    IN NAPTR 102 10 "U" "E2U+email" "!^.*$!mailto:info@example.test!i" .
sshfp    IN SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
_443._tcp.www IN TLSA 3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c
svcb     IN SVCB  1 svc.example.test. port=8443 alpn=h2 mandatory=alpn
svcb     IN SVCB  0 svc.example.test.
_ftp._tcp IN URI  10 1 "ftp://ftp.example.test/public"
type65280 IN TYPE65280 \# 6 0a0b0c0d0e0f
cert     IN CERT  1 12345 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=
kx       IN KX    10 ns1
dname    IN DNAME other.test.
px       IN PX    50 ns1.example.test. ns2.example.test.
wks      IN WKS   192.0.2.80 TCP ( smtp http )
x25      IN X25   "311061700956"
isdn     IN ISDN  "150862028003217" "004"
nsap     IN NSAP  0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00
gpos     IN GPOS  "-32.6882" "116.8652" "10.0"
apl      IN APL   1:192.0.2.0/24 !1:192.0.2.128/25 2:2001:db8::/32
eui48    IN EUI48 00-00-5e-00-53-2a
eui64    IN EUI64 00-00-5e-ef-10-00-00-2a
nid      IN NID   10 0014:4fff:ff20:ee64
l32      IN L32   10 10.1.2.0
l64      IN L64   10 2001:0DB8:1140:1000
lp       IN LP    10 l64.example.test.
openpgp  IN OPENPGPKEY AQMFD5raczCJHViKtLYhWGz8hMY9UGRuniJDBzC7w0aR
smimea   IN SMIMEA 3 0 1 d2abde240d7cd3ee6b4b28c54df034b9
csync    IN CSYNC 66 3 A NS AAAA
dhcid    IN DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
xn--bcher-kva IN A 192.0.2.90
a\.b     IN A     192.0.2.91
sp\ ace  IN A     192.0.2.92
b\200\255 IN A    192.0.2.93
_under_score IN TXT "under"
abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz IN A 192.0.2.94
*.wild   IN A     192.0.2.95
sub      IN NS    ns.sub
ns.sub   IN A     192.0.2.53
Z
for i in $(seq 1 40); do
	echo "big IN TXT \"record $i of a set that does not fit into 512 or 1232 bytes of UDP ........................\"" >> plain.zone
done
printf 'many IN A 198.51.100.%d\n' $(seq 1 25) >> plain.zone
printf 'longtxt IN TXT "%s" "%s"\n' "$(printf 'x%.0s' $(seq 255))" "$(printf 'y%.0s' $(seq 255))" >> plain.zone
cat > rev4.zone <<'Z'
$TTL 3600
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 900 1209600 300
@ IN NS ns1.example.test.
80 IN PTR www.example.test.
81 IN PTR www.example.test.
81 IN PTR Other.Example.Test.
Z
cat > rev6.zone <<'Z'
$TTL 3600
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 900 1209600 300
@ IN NS ns1.example.test.
0.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 IN PTR www.example.test.
Z
cat > signed.zone <<'Z'
$TTL 600
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 900 1209600 300
@ IN NS ns1.example.test.
www IN A 192.0.2.80
www IN AAAA 2001:db8::80
*.w IN TXT "wildcard"
child IN NS ns1.example.test.
child IN DS 12345 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD
Z
cp signed.zone signed3.zone
for z in signed signed3; do
	dnssec-keygen -q -a ECDSAP256SHA256 -f KSK $z.test >/dev/null
	dnssec-keygen -q -a ECDSAP256SHA256 $z.test >/dev/null
done
dnssec-signzone -q -S -o signed.test signed.zone >/dev/null 2>&1
dnssec-signzone -q -S -3 aabbccdd -H 1 -o signed3.test signed3.zone >/dev/null 2>&1
cat > named.conf <<C
options { directory "$WORK"; pid-file "$WORK/named.pid"; session-keyfile "$WORK/s.key"; listen-on { any; }; listen-on-v6 { any; };
 recursion no; allow-transfer { 10.1.1.2; }; dnssec-validation no; version "9.x test"; hostname "ns1.example.test"; minimal-responses no; check-names primary ignore; };
controls { };
zone "example.test" { type primary; file "plain.zone"; };
zone "2.0.192.in-addr.arpa" { type primary; file "rev4.zone"; };
zone "8.b.d.0.1.0.0.2.ip6.arpa" { type primary; file "rev6.zone"; };
zone "signed.test" { type primary; file "signed.zone.signed"; };
zone "signed3.test" { type primary; file "signed3.zone.signed"; };
C
bg srv named -g -c named.conf
wait_port srv tcp 53
record cli eth0 capture.pcap

d() { in_ns cli dig +tries=1 +time=2 "$@" >> dig.log 2>&1 || true; }
S=@10.1.1.1
S6=@2001:db8:1::1

# One query for each type, without and with EDNS.
while read -r name type; do
	d $S +noedns +ignore "$name.example.test" "$type"
done <<'Q'
www A
www AAAA
alias A
chain1 A
away A
multi TXT
hinfo HINFO
rp RP
loc LOC
afsdb AFSDB
_sip._udp SRV
naptr NAPTR
sshfp SSHFP
_443._tcp.www TLSA
svcb SVCB
_ftp._tcp URI
type65280 TYPE65280
cert CERT
kx KX
dname DNAME
x.dname A
px PX
wks WKS
x25 X25
isdn ISDN
nsap NSAP
gpos GPOS
apl APL
eui48 EUI48
eui64 EUI64
nid NID
l32 L32
l64 L64
lp LP
openpgp OPENPGPKEY
smimea SMIMEA
csync CSYNC
dhcid DHCID
xn--bcher-kva A
a\.b A
sp\032ace A
b\200\255 A
_under_score TXT
abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz A
foo.wild A
host.sub A
many A
longtxt TXT
nothere A
mail AAAA
Q
for t in SOA NS MX TXT SPF CAA HTTPS; do d $S6 example.test $t; done
d $S -x 192.0.2.80
d $S -x 192.0.2.81
d $S6 -x 2001:db8::80
d $S -x 192.0.2.99

# DNSSEC: signatures, keys, denial with NSEC and NSEC3, DS.
for z in signed signed3; do
	for q in "www.$z.test A" "$z.test DNSKEY" "nope.$z.test A" "www.$z.test TXT" "x.w.$z.test TXT" "child.$z.test DS" "$z.test NSEC3PARAM" "www.$z.test NSEC"; do
		# shellcheck disable=SC2086
		d $S +dnssec +bufsize=4096 $q
	done
done
d $S6 +dnssec +cdflag +adflag signed.test SOA

# Other headers, codes, classes and spellings.
d $S +norecurse www.example.test A
d $S +nsid +cookie +subnet=192.0.2.0/24 +ednsopt=65001:cafe www.example.test A
d $S +edns=1 +noednsneg www.example.test A
d $S +ednsflags=0x40 +zflag www.example.test A
d $S WwW.eXaMpLe.TeSt A
d $S ALIAS.EXAMPLE.TEST AAAA
d $S . NS
d $S www.elsewhere.test A
d $S -c CH version.bind TXT
d $S -c CH hostname.bind TXT
d $S -c HS www.example.test A
d $S -c ANY www.example.test A
d $S +opcode=STATUS www.example.test A
d $S +opcode=6 www.example.test A
d $S +notcp example.test ANY
d $S +notcp www.example.test ANY
d $S www.example.test TYPE1234
d $S +header-only
d $S www.example.test RRSIG
d $S +qid=0 www.example.test A
d $S +notcp example.test AXFR
# A reply that is too big: TC, then the same over TCP.
d $S +noedns big.example.test TXT
d $S +bufsize=1232 big.example.test TXT
d $S6 +bufsize=1232 big.example.test TXT
# TCP: one query, several on one connection, zone transfer, a transfer that is refused.
d $S +tcp www.example.test A
d $S +tcp +keepopen www.example.test A www.example.test AAAA example.test MX nothere.example.test A big.example.test TXT
d $S6 +tcp +keepopen -x 192.0.2.80 -x 2001:db8::80 example.test NS
d $S +tcp example.test AXFR
d $S +tcp example.test IXFR=2024010100
d $S6 +tcp example.test AXFR
# Two queries written in one segment, the reply order is the server's; and one message cut into single bytes.
in_ns cli "$PY" - <<'PYTHON'
import socket, struct, time
def q(i, name, t):
    m = struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0)
    m += b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0" + struct.pack(">HH", t, 1)
    return struct.pack(">H", len(m)) + m
def read(s, n):
    b = b""
    while n:
        while len(b) < 2 or len(b) < 2 + struct.unpack(">H", b[:2])[0]:
            b += s.recv(4096)
        b = b[2 + struct.unpack(">H", b[:2])[0]:]
        n -= 1
s = socket.create_connection(("10.1.1.1", 53))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.sendall(q(1001, "www.example.test", 1) + q(1002, "mail.example.test", 1) + q(1003, "example.test", 15))
read(s, 3)
for byte in q(1004, "www.example.test", 28):
    s.sendall(bytes([byte]))
    time.sleep(0.002)
read(s, 1)
s.close()
PYTHON
stop_record
keep capture.pcap
