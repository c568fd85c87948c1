#!/usr/bin/env bash
# krb5-mit: kinit and kvno of MIT Kerberos against its krb5kdc: logons that succeed and fail, tickets for services that there are and
# are not, tickets that can be forwarded and renewed, over UDP and TCP, IPv4 and IPv6.
. "$(dirname "$0")/../lib.sh"
need krb5kdc kdb5_util kadmin.local kinit kvno kdestroy unshare

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.31.0.2/24 2001:db8:31::2/64
addr srv eth0 10.31.0.1/24 2001:db8:31::1/64
mkdir kdc
conf() { # FILE LIMIT ADDRESS: over UDP up to LIMIT bytes
	cat > "$1" <<C
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = $2
 forwardable = true
[realms]
 EXAMPLE.TEST = {
  kdc = $3
  database_name = $PWD/kdc/principal
  key_stash_file = $PWD/kdc/stash
  acl_file = $PWD/kdc/acl
  kdc_listen = 88
  kdc_tcp_listen = 88
  max_renewable_life = 7d
 }
C
}
conf udp.conf 4000 10.31.0.1
conf tcp.conf 1 10.31.0.1
conf tcp6.conf 1 '[2001:db8:31::1]'
export KRB5_CONFIG=$PWD/udp.conf KRB5_KDC_PROFILE=$PWD/udp.conf KRB5CCNAME=FILE:$PWD/cache
kdb5_util create -s -P master > /dev/null 2>&1
for query in 'addprinc -pw secret +requires_preauth bob' 'addprinc -pw secret -requires_preauth alice' \
	'addprinc -randkey host/files.example.test' 'addprinc -pw secret -allow_tix locked' 'addprinc -pw secret -pwexpire yesterday stale'; do
	kadmin.local -q "$query" > /dev/null 2>&1
done
bg srv krb5kdc -n
wait_port srv udp 88
wait_port srv tcp 88
record cli eth0 capture.pcap
logon() { echo secret | in_ns cli timeout 20 kinit "$@" > /dev/null 2>&1 || true; }
ticket() { in_ns cli timeout 20 kvno "$@" > /dev/null 2>&1 || true; }
for conf in udp tcp tcp6; do
	export KRB5_CONFIG=$PWD/$conf.conf
	logon bob
	ticket host/files.example.test
	ticket host/nobody.example.test
	logon -r 1d -l 1h alice
done
export KRB5_CONFIG=$PWD/udp.conf
logon -F alice
logon nobody
logon locked
logon stale
echo wrong | in_ns cli timeout 20 kinit bob > /dev/null 2>&1 || true
logon -S host/files.example.test alice
kdestroy > /dev/null 2>&1 || true
stop_record
keep capture.pcap
