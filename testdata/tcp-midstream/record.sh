#!/usr/bin/env bash
# tcp-midstream: the recording starts when the connections already run: data from one side, from both, only a FIN, only a keep-alive,
# only a reset; two stay open.
. "$(dirname "$0")/../lib.sh"

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.8.0.2/24 2001:db8:8::2/64
addr srv eth0 10.8.0.1/24 2001:db8:8::1/64
cat > srv.py <<'P'
import socket, threading, time
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 80))
s.listen()
def run(c):
    try:
        while b := c.recv(4096):
            if b.startswith(b"GET"):
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            elif b.startswith(b"push"):
                for _ in range(5):
                    c.sendall(b"server data " * 50)
            elif b.startswith(b"later"):
                time.sleep(1.0)
                c.sendall(b"the server goes first in what is recorded\n")
            elif b.startswith(b"close"):
                break
    except OSError:
        pass
    c.close()
while True:
    c, _ = s.accept()
    threading.Thread(target=run, args=(c,), daemon=True).start()
P
cat > cli.py <<'P'
import os, socket, struct, time
def conn(host="10.8.0.1"):
    s = socket.create_connection((host, 80))
    s.sendall(b"before the recording\n")
    return s
c = [conn() for _ in range(8)] + [conn("2001:db8:8::1")]
time.sleep(0.3)
c[7].sendall(b"later")
time.sleep(0.2)
open("ready", "w").write("x")
while not os.path.exists("go"):
    time.sleep(0.05)
req = b"GET / HTTP/1.1\r\nHost: midstream.test\r\n\r\n"
c[0].sendall(req)
c[0].recv(4096)
c[0].close()
c[1].sendall(b"push")
time.sleep(0.1)
c[1].close()
c[2].close()
c[3].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
c[3].close()
c[4].sendall(b"close")
c[4].recv(10)
c[4].close()
c[5].sendall(b"more, then left open\n")
c[6].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
c[6].setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
c[6].setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
c[8].sendall(req)
c[8].recv(4096)
c[8].sendall(req)
c[8].recv(4096)
c[8].close()
c[7].recv(4096)
time.sleep(2.5)
open("done", "w").write("x")
time.sleep(60)
P
bg srv "$PY" srv.py
wait_port srv tcp 80
bg cli "$PY" cli.py
wait_file ready
record cli eth0 capture.pcap
touch go
wait_file done
stop_record
keep capture.pcap
