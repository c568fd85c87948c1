#!/usr/bin/env bash
# tls-openssl: s_client and s_server: TLS 1.0 to 1.3 and DTLS 1.0 and 1.2, server names, ALPN, resumption, client certificates, chains,
# stapled and asked-for OCSP, HelloRetryRequest, early data, renegotiation, PSK, no certificate at all, and handshakes that fail.
. "$(dirname "$0")/../lib.sh"
need openssl nc

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.13.0.2/24 2001:db8:13::2/64
addr srv eth0 10.13.0.1/24 2001:db8:13::1/64

# --- certificates: a root, one below it, and below that the servers' and the client's
EC='ec -pkeyopt ec_paramgen_curve:P-256'
made() { # NAME SUBJECT ISSUER|- KEY SERIAL extensions ...
	local name=$1 subject=$2 issuer=$3 key=$4 serial=$5 e sign=() ext=()
	shift 5
	for e in "$@"; do ext+=(-addext "$e"); done
	[ "$issuer" = - ] || sign=(-CA "$issuer.pem" -CAkey "$issuer.key")
	# shellcheck disable=SC2086
	openssl req -x509 -config req.conf -nodes -newkey $key -keyout "$name.key" -out "$name.pem" -subj "$subject" -set_serial "$serial" \
		-days 3650 -utf8 "${sign[@]}" "${ext[@]}" 2>>openssl.err
}
printf '[req]\ndistinguished_name=dn\n[dn]\n' > req.conf
CA='basicConstraints=critical,CA:TRUE'
made root '/C=NL/O=Gannet Tests/CN=Test Root' - "$EC" 0x1001 "$CA" 'keyUsage=critical,keyCertSign,cRLSign'
made inter '/C=NL/O=Gannet Tests/OU=Middle/CN=Test Intermediate' root "$EC" 0x1002 'basicConstraints=critical,CA:TRUE,pathlen:0'
NAMES='subjectAltName=DNS:www.example.test,DNS:*.apps.example.test,IP:10.13.0.1,IP:2001:db8:13::1,email:admin@example.test,URI:https://www.example.test/'
made ec '/C=NL/L=Den Helder/O=Gannet Tests/CN=www.example.test' inter "$EC" 0x2001 "$NAMES" 'basicConstraints=CA:FALSE' 'extendedKeyUsage=serverAuth'
made rsa '/C=NL/O=Gannet Tests, Ltd./CN=www.example.test' inter rsa:2048 0x2002 "$NAMES"
made other '/CN=other.example.test' inter "$EC" 0x2003 'subjectAltName=DNS:other.example.test'
made ed '/CN=ed.example.test' - ed25519 0x2004 'subjectAltName=DNS:ed.example.test'
made old '/CN=old.example.test' - rsa:1024 0x2005
made user '/C=NL/O=Gannet Tests/CN=Zoë Gannet/emailAddress=zoe@example.test' inter "$EC" 0x3001 'extendedKeyUsage=clientAuth'
cat inter.pem root.pem > chain.pem
for i in $(seq 1 20); do printf 'a line of text, number %d\n' "$i"; done > text
# The statement that is stapled, and what the responder knows.
printf 'V\t491231235959Z\t\t2001\tunknown\t/CN=www.example.test\nR\t491231235959Z\t240101000000Z,keyCompromise\t2003\tunknown\t/CN=other.example.test\n' > index.txt
openssl ocsp -issuer inter.pem -cert ec.pem -no_nonce -reqout request.der 2>>openssl.err
openssl ocsp -index index.txt -rsigner inter.pem -rkey inter.key -CA inter.pem -reqin request.der -respout staple.der -ndays 7 >>openssl.err 2>&1

serve() { # PORT arguments ...
	local port=$1
	shift
	bg srv openssl s_server -accept "$port" -rev "$@"
	wait_port srv "tcp" "$port"
}
# The same without -rev, which goes neither with early data nor with DTLS: it needs an input that does not end.
held() { # tcp|udp PORT arguments ...
	local proto=$1 port=$2
	shift 2
	bg srv sh -c 'sleep 100 | exec openssl s_server "$@"' sh -accept "$port" "$@"
	wait_port srv "$proto" "$port"
}
# One connection; what comes on stdin is sent, or one line. LINGER is how long the client waits before it leaves.
c() { # PORT arguments ...
	local port=$1
	shift
	echo "--- $*" >> client.log
	{ echo "${SAY:-hello from the client}"; sleep "${LINGER:-0.3}"; echo Q; } |
		in_ns cli timeout 5 openssl s_client -connect "${TO:-10.13.0.1}:$port" "$@" >> client.log 2>&1 || true
}

L0='DEFAULT@SECLEVEL=0'
CHAIN=(-cert_chain inter.pem)
serve 443 -cert ec.pem -key ec.key "${CHAIN[@]}" -alpn h2,http/1.1 -status_file staple.der \
	-servername other.example.test -cert2 other.pem -key2 other.key
serve 4401 -cert rsa.pem -key rsa.key -cert_chain chain.pem -cipher "$L0" -min_protocol TLSv1
serve 4402 -cert rsa.pem -key rsa.key "${CHAIN[@]}" -no_ticket -tls1_2 -cipher 'ALL:eNULL:@SECLEVEL=0' -legacy_renegotiation -client_renegotiation
serve 4403 -cert ec.pem -key ec.key "${CHAIN[@]}" -Verify 3 -CAfile root.pem -verify_return_error
serve 4404 -cert rsa.pem -key rsa.key "${CHAIN[@]}" -groups P-384
serve 4405 -cert ed.pem -key ed.key -servername ed.example.test -servername_fatal -cert2 ed.pem -key2 ed.key
serve 4406 -nocert -psk 0123456789abcdef0123456789abcdef -psk_hint gannet
serve 4407 -nocert -tls1_2 -cipher 'aNULL:@SECLEVEL=0'
serve 4408 -cert old.pem -key old.key -cipher "$L0" -min_protocol TLSv1
held tcp 4409 -cert ec.pem -key ec.key -early_data -no_anti_replay
held udp 4420 -cert ec.pem -key ec.key "${CHAIN[@]}" -dtls -mtu 1400 -alpn coap
held udp 4421 -cert rsa.pem -key rsa.key -dtls -cipher "$L0" -mtu 600
held udp 4422 -4 -cert ec.pem -key ec.key -dtls1_2 -mtu 1400 -listen
bg srv openssl ocsp -port 8888 -index index.txt -rsigner inter.pem -rkey inter.key -CA inter.pem -ndays 7
wait_port srv tcp 8888
record cli eth0 capture.pcap

# --- versions
c 4401 -tls1 -cipher "$L0" -servername www.example.test
c 4401 -tls1_1 -cipher "$L0" -servername www.example.test
c 4401 -tls1_2 -servername www.example.test
c 4401 -tls1_3 -servername www.example.test
c 4408 -tls1 -cipher "AES128-SHA:@SECLEVEL=0" -noservername
# --- names and protocols
c 443 -tls1_2 -servername www.example.test -alpn h2,http/1.1
c 443 -tls1_3 -servername www.example.test -alpn h2,http/1.1
c 443 -servername host.apps.example.test -alpn http/1.1
c 443 -servername other.example.test
c 443 -tls1_2 -servername other.example.test
c 443 -noservername -tls1_2
TO='[2001:db8:13::1]' c 443 -servername www.example.test
c 443 -tls1_2 -alpn spdy/1 -servername www.example.test
c 4405 -tls1_2 -servername ed.example.test
c 4405 -tls1_2 -servername unknown.example.test
c 4405 -tls1_3 -servername unknown.example.test
# --- a stapled statement
c 443 -tls1_2 -status -servername www.example.test
c 443 -tls1_3 -status -servername www.example.test
# --- resumption: by ticket, by id, TLS 1.3, early data; a ticket of another server
c 443 -tls1_2 -servername www.example.test -sess_out ticket.pem
c 443 -tls1_2 -servername www.example.test -sess_in ticket.pem
c 4402 -no_ticket -servername www.example.test -sess_out id.pem
c 4402 -no_ticket -servername www.example.test -sess_in id.pem
c 443 -tls1_3 -servername www.example.test -sess_out psk.pem
c 443 -tls1_3 -servername www.example.test -sess_in psk.pem
c 4409 -tls1_3 -servername www.example.test -sess_out early.pem
c 4409 -tls1_3 -servername www.example.test -sess_in early.pem -early_data text
c 443 -tls1_3 -servername www.example.test -sess_in early.pem -early_data text
c 4401 -tls1_2 -servername www.example.test -sess_in ticket.pem
# --- kinds of key exchange and cipher
for cipher in AES256-GCM-SHA384 DHE-RSA-AES128-SHA ECDHE-RSA-CHACHA20-POLY1305 CAMELLIA128-SHA ECDHE-RSA-NULL-SHA; do
	c 4402 -servername www.example.test -cipher "$cipher:@SECLEVEL=0"
done
c 4406 -psk 0123456789abcdef0123456789abcdef -tls1_2
c 4406 -psk 0123456789abcdef0123456789abcdef -tls1_3
c 4407 -tls1_2 -cipher 'aNULL:@SECLEVEL=0'
SAY=R LINGER=0.5 c 4402 -servername www.example.test -cipher ECDHE-RSA-AES128-GCM-SHA256
# --- client certificates: given, not given
ME=(-cert user.pem -key user.key -cert_chain inter.pem)
for v in -tls1_2 -tls1_3; do
	c 4403 $v -servername www.example.test "${ME[@]}"
	c 4403 $v -servername www.example.test
done
# --- HelloRetryRequest
c 4404 -groups X25519:P-384 -servername www.example.test
c 4404 -groups X25519:P-384 -servername www.example.test -tls1_2
c 4404 -groups X25519 -servername www.example.test
# --- failures: no cipher in common, no version in common, unknown authority, a client that is no client
c 4402 -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -servername www.example.test
c 4402 -tls1_3 -servername www.example.test
c 443 -tls1_1 -cipher "$L0" -servername www.example.test
c 443 -tls1_2 -verify_return_error -servername www.example.test
c 443 -tls1_3 -verify_return_error -servername www.example.test
printf 'GET / HTTP/1.0\r\n\r\n' | in_ns cli nc -q 1 -w 2 10.13.0.1 4401 >/dev/null 2>&1 || true
# --- DTLS
c 4420 -dtls1_2 -servername www.example.test -alpn coap -sess_out dtls.pem
c 4420 -dtls1_2 -servername www.example.test -alpn coap -sess_in dtls.pem
c 4421 -dtls1_2 -servername www.example.test -mtu 600
c 4421 -dtls1 -cipher "$L0" -servername www.example.test -mtu 600
c 4420 -dtls1_2 -verify_return_error -servername www.example.test
c 4422 -dtls1_2 -servername www.example.test
# --- OCSP by itself
for cert in ec other rsa; do
	in_ns cli timeout 5 openssl ocsp -issuer inter.pem -cert $cert.pem -url http://10.13.0.1:8888/ -no_cert_verify -noverify >> client.log 2>&1 || true
done
in_ns cli timeout 5 openssl ocsp -issuer root.pem -cert inter.pem -no_nonce -url http://10.13.0.1:8888/ -noverify >> client.log 2>&1 || true

stop_record
[ -z "${KEEP_LOG:-}" ] || cp client.log bg.log openssl.err "$KEEP_LOG"
keep capture.pcap
