#!/usr/bin/env bash
# tls-gnutls: gnutls-cli and gnutls-serv: TLS 1.0 to 1.3 and DTLS, server names, ALPN, resumption, rehandshake, HelloRetryRequest, client
# certificates, PSK, anonymous, and handshakes that fail.
. "$(dirname "$0")/../lib.sh"
need gnutls-serv gnutls-cli certtool

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.14.0.2/24 2001:db8:14::2/64
addr srv eth0 10.14.0.1/24 2001:db8:14::1/64

made() { # NAME KEY-TYPE ISSUER|- SERIAL template lines ...
	local name=$1 key=$2 issuer=$3 serial=$4
	shift 4
	printf '%s\n' "$@" "serial = $serial" 'expiration_days = 3650' > "$name.cfg"
	certtool --generate-privkey --key-type="$key" --bits=256 --outfile="$name.key" 2>>certtool.err
	if [ "$issuer" = - ]; then
		certtool --generate-self-signed --load-privkey="$name.key" --template="$name.cfg" --outfile="$name.pem" 2>>certtool.err
	else
		certtool --generate-certificate --load-privkey="$name.key" --load-ca-certificate="$issuer.pem" --load-ca-privkey="$issuer.key" \
			--template="$name.cfg" --outfile="$name.pem" 2>>certtool.err
	fi
}
made ca ecdsa - 1 'cn = "Gannet Test CA"' 'organization = "Gannet Tests"' ca cert_signing_key crl_signing_key
made srv ecdsa ca 2 'cn = "www.example.test"' 'dns_name = "www.example.test"' 'dns_name = "example.test"' 'ip_address = "10.14.0.1"' tls_www_server signing_key
made cli ed25519 ca 3 'cn = "a client"' 'uid = "client"' 'email = "client@example.test"' tls_www_client signing_key
cat srv.pem ca.pem > srv-chain.pem
echo 'gannet:0123456789abcdef0123456789abcdef' > psk.txt

serve() { # PORT arguments ...
	local port=$1
	shift
	bg srv gnutls-serv -p "$port" -q "$@"
	wait_port srv "${PROTO:-tcp}" "$port"
}
c() { # PORT arguments ...
	local port=$1
	shift
	echo "--- $*" >> client.log
	{ sleep 0.2; echo "hello from the client"; sleep 0.3; } |
		in_ns cli timeout 6 gnutls-cli -p "$port" "$@" "${TO:-10.14.0.1}" >> client.log 2>&1 || true
}
CERT=(--x509certfile=srv-chain.pem --x509keyfile=srv.key)
OLD='NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+SHA1:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1:%COMPAT'
serve 443 --echo "${CERT[@]}" -a --alpn=h2 --alpn=http/1.1
serve 4501 --echo "${CERT[@]}" -a --priority="$OLD"
serve 4502 --echo "${CERT[@]}" -r --verify-client-cert --x509cafile=ca.pem
serve 4503 --echo "${CERT[@]}" -a --priority=NORMAL:-GROUP-ALL:+GROUP-SECP521R1
serve 4504 --echo --pskpasswd=psk.txt --priority=NORMAL:-KX-ALL:+ECDHE-PSK:+PSK:+ANON-ECDH
PROTO=udp serve 4510 --echo "${CERT[@]}" -u -a --mtu=1200
record cli eth0 capture.pcap

N=(--insecure --sni-hostname=www.example.test)
V12=NORMAL:-VERS-ALL:+VERS-TLS1.2
V13=NORMAL:-VERS-ALL:+VERS-TLS1.3
# --- versions
c 4501 "${N[@]}" --priority="$OLD:-VERS-ALL:+VERS-TLS1.0"
c 4501 "${N[@]}" --priority="$OLD:-VERS-ALL:+VERS-TLS1.1"
c 443 "${N[@]}" --priority=$V12
c 443 "${N[@]}" --priority=$V13
c 443 "${N[@]}"
TO=2001:db8:14::1 c 443 "${N[@]}"
# --- protocols, no name, one without compatibility
c 443 "${N[@]}" --alpn=h2 --priority=$V12
c 443 "${N[@]}" --alpn=http/1.1 --priority=$V13
c 443 --insecure --disable-sni
c 443 "${N[@]}" --priority="$V13:%DISABLE_TLS13_COMPAT_MODE"
# --- resumption and rehandshake
c 443 "${N[@]}" -r --priority=$V12
c 443 "${N[@]}" -r --noticket --priority=$V12
c 443 "${N[@]}" -r --priority=$V13
c 443 "${N[@]}" -e --priority=$V12
c 443 "${N[@]}" -e --priority=$V13
# --- another group
c 4503 "${N[@]}" --priority="$V13:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP521R1" --single-key-share
c 4503 "${N[@]}" --priority=$V12
# --- client certificates
for v in $V12 $V13; do
	c 4502 "${N[@]}" --x509certfile=cli.pem --x509keyfile=cli.key --priority=$v
	c 4502 "${N[@]}" --priority=$v
done
# --- PSK and anonymous
c 4504 --pskusername=gannet --pskkey=0123456789abcdef0123456789abcdef --priority=$V12:-KX-ALL:+ECDHE-PSK:+PSK --insecure
c 4504 --pskusername=gannet --pskkey=0123456789abcdef0123456789abcdef --priority=$V13:-KX-ALL:+ECDHE-PSK:+PSK --insecure
c 4504 --priority=$V12:-KX-ALL:+ANON-ECDH --insecure
# --- failures: nothing in common, a certificate that is not believed
c 443 "${N[@]}" --priority=$V12:-KX-ALL:+RSA
c 443 "${N[@]}" --priority="$OLD:-VERS-ALL:+VERS-TLS1.0"
c 443 --sni-hostname=www.example.test --priority=$V12
c 443 --sni-hostname=www.example.test --priority=$V13
# --- DTLS
c 4510 "${N[@]}" -u
c 4510 "${N[@]}" -u -r
c 4510 "${N[@]}" -u --mtu=600 --priority=NORMAL:-VERS-ALL:+VERS-DTLS1.2

stop_record
[ -z "${KEEP_LOG:-}" ] || cp client.log bg.log certtool.err "$KEEP_LOG"
keep capture.pcap
