#!/usr/bin/env bash
# http-nginx: downloads from nginx by curl: plain, compressed, chunked, in ranges, none at all; uploads, forms, errors, pipelining, a
# tunnel through a proxy. Files of many types.
. "$(dirname "$0")/../lib.sh"
need nginx curl nc zip gzip

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.12.0.2/24 2001:db8:12::2/64
addr srv eth0 10.12.0.1/24 2001:db8:12::1/64
mkdir -p www/files put
seq 1 3000 > www/numbers.txt
"$PY" - <<'PYTHON'
import base64, pathlib, struct, zlib
www = pathlib.Path("www/files")
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + bytes((x * y) % 256 for x in range(64)) for y in range(64))
(www / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
(www / "dot.gif").write_bytes(base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"))
(www / "data.json").write_text('{"name": "gannet", "numbers": [1, 2, 3]}\n')
(www / "feed.xml").write_text('<?xml version="1.0"?>\n<rss version="2.0"><channel><title>News</title></channel></rss>\n')
(www / "page.html").write_text("<!-- a page -->\n<!DOCTYPE html>\n<html><head><title>Page</title></head><body>" + "<p>Text.</p>\n" * 400 + "</body></html>\n")
(www / "run.sh").write_text("#!/usr/bin/env bash\necho hello\n")
(www / "program").write_bytes(pathlib.Path("/bin/true").read_bytes()[:6000])
(www / "paper.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n")
(www / "short").write_text("hi")
(www / "empty").write_text("")
(www / "noise.bin").write_bytes(bytes((i * i * 7 + i // 3) % 251 for i in range(20000)))
PYTHON
(cd www/files && zip -q -X both.zip data.json page.html)
gzip -9n < www/numbers.txt > www/files/numbers.gz
cat > ng.conf <<C
user root; worker_processes 1; daemon off; pid $PWD/ng.pid; error_log $PWD/err.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3; uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
 types { text/html html; image/png png; application/json json; } default_type application/octet-stream;
 server { listen 10.12.0.1:80; listen [2001:db8:12::1]:80; root $PWD/www; if_modified_since before;
  location / { }
  location /packed/ { alias $PWD/www/files/; gzip on; gzip_min_length 1; gzip_types *; }
  location /chunked/ { alias $PWD/www/files/; ssi on; ssi_types *; }
  location /put/ { root $PWD; dav_methods PUT DELETE; client_max_body_size 100k; }
  location /post { return 200 "thank you for all that\n"; }
  location /private { auth_basic "private"; auth_basic_user_file /dev/null; }
  location /moved { return 301 /numbers.txt; }
 } }
C
# A proxy for CONNECT, which then sends whatever comes to and fro.
cat > proxy.py <<'PYTHON'
import socket, threading
def pipe(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
def serve(client):
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    host, port = head.split()[1].decode().rsplit(":", 1)
    try:
        server = socket.create_connection((host, int(port)), 2)
    except OSError:
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\n\r\nunreachable\n")
        return client.close()
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pipe, args=(client, server), daemon=True).start()
    pipe(server, client)
listener = socket.create_server(("10.12.0.1", 3128))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
PYTHON
bg srv nginx -c "$PWD/ng.conf"
bg srv "$PY" proxy.py
wait_port srv tcp 80
wait_port srv tcp 3128
record cli eth0 capture.pcap
U=http://10.12.0.1
c() { in_ns cli curl -s -S -o got --max-time 5 "$@" || true; }

# Plain downloads, each on a connection of its own, and several on one.
c $U/numbers.txt
c -6 "http://[2001:db8:12::1]/files/picture.png"
c $U/files/page.html -o got $U/files/data.json -o got $U/files/feed.xml -o got $U/files/dot.gif -o got $U/files/run.sh
c $U/files/program -o got $U/files/paper.pdf -o got $U/files/both.zip -o got $U/files/numbers.gz
c $U/files/noise.bin -o got $U/files/short -o got $U/files/empty
c -0 $U/numbers.txt
c --user-agent gannet/1 --referer $U/ -H 'Cookie: a=b' $U/files/short
# Compressed, chunked, both.
c --compressed $U/packed/page.html
c -H 'Accept-Encoding: gzip' $U/packed/data.json
c $U/chunked/page.html
c --compressed -H 'TE: trailers' $U/packed/feed.xml
# Parts: one range, ranges on two connections, several at once, one that cannot be.
c -r 100-299 $U/numbers.txt
c -r 0-6999 $U/files/noise.bin
c -r 7000- $U/files/noise.bin
c -r 0-9,100-119 $U/numbers.txt
c -r 99999999- $U/numbers.txt
# Nothing to send: HEAD, 304, 404, 301, 401, 405, OPTIONS.
c -I $U/numbers.txt
c -z "$(date -R -d '+1 day')" $U/numbers.txt
c $U/missing
c -L $U/moved
c -u somebody:secret $U/private
c -X DELETE $U/numbers.txt
c -X OPTIONS $U/
# Uploads: a form, a file, a form with files, in chunks, with 100-continue, too much.
c -d 'name=gannet&kind=bird' $U/post
c -T www/files/picture.png $U/put/picture.png
c -F note=hello -F 'file=@www/files/data.json;filename=my data.json' -F 'file=@www/files/dot.gif' $U/post
c -H 'Transfer-Encoding: chunked' -T www/files/page.html $U/put/page.html
c -H 'Expect: 100-continue' --data-binary @www/numbers.txt $U/post
seq 1 40000 > big
c -H 'Expect: 100-continue' -T big $U/put/big
# By hand: pipelined requests, HTTP/0.9, no line at all, a body that the server does not wait for.
printf 'GET /files/short HTTP/1.1\r\nHost: a\r\n\r\nHEAD /numbers.txt HTTP/1.1\r\nHost: b\r\n\r\nGET /files/data.json HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n' |
	in_ns cli nc -w 2 10.12.0.1 80 > got || true
printf 'GET /files/short\r\n' | in_ns cli nc -w 2 10.12.0.1 80 > got || true
printf 'nonsense\r\n\r\n' | in_ns cli nc -w 2 10.12.0.1 80 > got || true
(printf 'GET /files/sh'; sleep 0.2; printf 'ort HTTP/1.1\r\nHo'; sleep 0.2; printf 'st: slow\r\nConnection: close\r\n\r\n') | in_ns cli nc -w 2 10.12.0.1 80 > got || true
# Through the proxy: a tunnel, and one to nowhere.
c -p -x http://10.12.0.1:3128 $U/files/page.html
c -p -x http://10.12.0.1:3128 http://10.12.0.1:9/
# A download that the client leaves.
in_ns cli "$PY" - <<'PYTHON'
import socket, struct, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.connect(("10.12.0.1", 80))
s.send(b"GET /files/noise.bin HTTP/1.1\r\nHost: 10.12.0.1\r\n\r\n")
s.recv(1000)
time.sleep(0.1)
s.close()
PYTHON
stop_record
keep capture.pcap
