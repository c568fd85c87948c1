#!/usr/bin/env bash
# policy-known: what policies tell of two hosts: nginx, OpenSSL's server, OpenSSH, Modbus and a service without a protocol
. "$(dirname "$0")/../lib.sh"
need nginx openssl curl sshd ssh-keygen ssh-keyscan

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.41.0.2/24 8.8.4.4/32 2001:db8:41::2/64
addr srv eth0 10.41.0.1/24 2001:db8:41::1/64
ip -n "$P-srv" route add 8.8.4.4/32 via 10.41.0.2
mkdir -p www tmp /run/sshd && echo hello >www/index.html
cat >nginx.conf <<CONF
daemon off; master_process off; pid $WORK/nginx.pid; error_log $WORK/nginx.err;
events {}
http {
	access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
	server { listen 80; listen [::]:80; root $WORK/www; add_header X-Powered-By PHP/8.1.2-1ubuntu2.14; }
}
CONF
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj '/O=Test, Inc./CN=srv.example.test' 2>/dev/null
ssh-keygen -q -t ed25519 -N '' -f host
printf 'ListenAddress 0.0.0.0:22\nHostKey %s/host\nUsePAM no\nPidFile none\n' "$WORK" >sshd.conf
cat >others.py <<'SERVE'
"""A slave of Modbus that answers one question, and two services that send back what they get."""
import socket, threading

def serve(kind, port, answer):
    peer = socket.socket(socket.AF_INET, kind)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    peer.bind(("", port))
    while kind == socket.SOCK_DGRAM:
        data, back = peer.recvfrom(100)
        peer.sendto(answer(data), back)
    peer.listen()
    while True:
        conn, _ = peer.accept()
        with conn:
            conn.sendall(answer(conn.recv(100)))

value = lambda data: data[:4] + b"\x00\x05\x01\x03\x02\x00\x07"
same = lambda data: data
for kind, port, answer in [(socket.SOCK_STREAM, 502, value), (socket.SOCK_STREAM, 7777, same), (socket.SOCK_DGRAM, 7778, same)]:
    threading.Thread(target=serve, args=(kind, port, answer)).start()
SERVE
bg srv nginx -p "$WORK" -c "$WORK/nginx.conf"
bg srv openssl s_server -accept 443 -cert cert.pem -key key.pem -tls1_2 -www
bg srv openssl s_server -accept 8443 -cert cert.pem -key key.pem -tls1_3 -www
bg srv "$(command -v sshd)" -D -e -f "$WORK/sshd.conf"
bg srv "$PY" others.py
for port in 80 443 8443 22 502 7777; do wait_port srv tcp "$port"; done
wait_port srv udp 7778
cat >ask.py <<'ASK'
"""Asks the services of others.py; one of them twice, and one that is not there."""
import socket

for kind, port, data in [
    (socket.SOCK_STREAM, 502, b"\0\1\0\0\0\6\1\3\0\0\0\1"),
    (socket.SOCK_STREAM, 7777, b"\1\2\3"),
    (socket.SOCK_DGRAM, 7778, b"\1\2\3"),
    (socket.SOCK_DGRAM, 7778, b"\1\2\3"),
    (socket.SOCK_STREAM, 7779, b""),
]:
    with socket.socket(socket.AF_INET, kind) as peer:
        peer.settimeout(3)
        try:
            peer.connect(("10.41.0.1", port))
            peer.sendall(data)
            peer.recv(100)
        except OSError:
            pass
ASK

record cli eth0 capture.pcap ip or ip6
get() { in_ns cli curl -s -m 5 -k -o /dev/null "$@" || true; }
get http://10.41.0.1/ 'http://[2001:db8:41::1]/'
get -A 'Mozilla/5.0 (X11; Linux x86_64; rv:68.0) Gecko/20100101 Firefox/68.0' http://10.41.0.1/
get -A 'Mozilla/5.0 (X11; Linux x86_64; rv:68.0) Gecko/20100101 Firefox/68.0' http://10.41.0.1/
get -A 'Mozilla/5.0 (X11; Linux x86_64; rv:70.0) Gecko/20100101 Firefox/70.0' http://10.41.0.1/
get --interface 8.8.4.4 http://10.41.0.1/
get https://10.41.0.1/ https://10.41.0.1:8443/
get https://10.41.0.1/
in_ns cli ssh-keyscan -t ed25519 10.41.0.1 >/dev/null 2>&1 || true
in_ns cli "$PY" ask.py
# What is without a protocol is told when its flow is over.
sleep 75
get http://10.41.0.1/
stop_record
keep capture.pcap
