#!/usr/bin/env bash
# rdp-xrdp: FreeRDP's client against xrdp: sessions that RDP protects itself, with more and less encryption, sessions in TLS, and
# negotiations that fail; another keyboard, more channels.
. "$(dirname "$0")/../lib.sh"
need unshare hostname xrdp xfreerdp Xvfb openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.33.0.2/24
addr srv eth0 10.33.0.1/24
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 36500 -subj '/O=Example/CN=desktop.example.test' \
	> /dev/null 2>&1
serve() { # PORT LAYER LEVEL
	sed -e "s/^port=.*/port=tcp:\/\/10.33.0.1:$1/" -e "s/^security_layer=.*/security_layer=$2/" -e "s/^crypt_level=.*/crypt_level=$3/" \
		-e "s|^certificate=.*|certificate=$PWD/cert.pem|" -e "s|^key_file=.*|key_file=$PWD/key.pem|" /etc/xrdp/xrdp.ini > "xrdp$1.ini"
	bg srv xrdp --nodaemon --config "$PWD/xrdp$1.ini"
	wait_port srv tcp "$1"
}
serve 3389 negotiate high
serve 3390 rdp low
serve 3391 tls high
bg cli Xvfb :99 -screen 0 800x600x24 -nolisten tcp
for i in $(seq 100); do [ -e /tmp/.X11-unix/X99 ] && break; sleep 0.05; done
record cli eth0 capture.pcap
client() { in_ns cli timeout 3 unshare -u env DISPLAY=:99 HOME="$PWD" sh -c 'hostname desk; exec xfreerdp /cert:ignore "$@"' - "$@" < /dev/null > got 2>&1 || true; }
client /v:10.33.0.1 /u:bob /p:secret /sec:rdp /size:640x480
client /v:10.33.0.1 /u:bob /p:secret /sec:tls /size:640x480
client /v:10.33.0.1:3390 /u:alice /p:secret /sec:rdp /bpp:16 /kbd:0x407 +clipboard /drive:home,"$PWD"
client /v:10.33.0.1:3391 /u:alice /p:secret /sec:rdp
client /v:10.33.0.1:3390 /u:alice /p:secret /sec:tls
stop_record
keep capture.pcap
