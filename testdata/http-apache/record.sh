#!/usr/bin/env bash
# http-apache: curl, Apache and Squid: basic and digest users, gzip, deflate and brotli bodies, multipart ranges, CGI output
# in chunks, WebSocket and h2c upgrades, requests through a caching proxy and a reverse proxy, a CONNECT tunnel.
. "$(dirname "$0")/../lib.sh"
need apache2 squid curl nc

ns cli prx srv
link cli eth0 prx eth0
link prx eth1 srv eth0
addr cli eth0 10.13.0.2/24
addr prx eth0 10.13.0.1/24
addr prx eth1 10.13.1.1/24
addr srv eth0 10.13.1.2/24
in_ns cli ip route add default via 10.13.0.1
in_ns srv ip route add default via 10.13.1.1
in_ns prx sysctl -q -w net.ipv4.ip_forward=1
mkdir -p www/private www/digest
chmod -R a+rX .
(echo '<!DOCTYPE html>'; echo '<html><body>'; seq -f '<p>Line %g.</p>' 1 400; echo '</body></html>') > www/page.html
seq 1 2000 > www/numbers.txt
echo 'for members' > www/private/note.txt
echo 'for members' > www/digest/note.txt
printf 'member:%s\n' "$(openssl passwd -apr1 -salt gannet00 secret)" > users
printf 'member:area:%s\n' "$(printf 'member:area:secret' | md5sum | cut -d' ' -f1)" > digests
M=/usr/lib/apache2/modules
cat > a.conf <<C
ServerRoot $PWD
ServerName srv.example.test
PidFile $PWD/a.pid
ErrorLog $PWD/a.err
DocumentRoot $PWD/www
Listen 10.13.1.2:80
LoadModule mpm_event_module $M/mod_mpm_event.so
LoadModule authn_core_module $M/mod_authn_core.so
LoadModule authn_file_module $M/mod_authn_file.so
LoadModule authz_core_module $M/mod_authz_core.so
LoadModule authz_user_module $M/mod_authz_user.so
LoadModule auth_basic_module $M/mod_auth_basic.so
LoadModule auth_digest_module $M/mod_auth_digest.so
LoadModule filter_module $M/mod_filter.so
LoadModule deflate_module $M/mod_deflate.so
LoadModule brotli_module $M/mod_brotli.so
LoadModule include_module $M/mod_include.so
LoadModule mime_module $M/mod_mime.so
LoadModule alias_module $M/mod_alias.so
LoadModule proxy_module $M/mod_proxy.so
LoadModule proxy_http_module $M/mod_proxy_http.so
LoadModule http2_module $M/mod_http2.so
TypesConfig /dev/null
AddType text/html .html
AddType text/plain .txt
Protocols h2c http/1.1
<Directory "$PWD/www">
 Require all granted
</Directory>
Alias /gz $PWD/www
Alias /br $PWD/www
Alias /chunks $PWD/www
<Location /gz>
 SetOutputFilter DEFLATE
</Location>
<Location /br>
 SetOutputFilter BROTLI_COMPRESS
</Location>
<Location /chunks>
 Options +Includes
 SetOutputFilter INCLUDES
</Location>
<Location /private>
 AuthType Basic
 AuthName area
 AuthUserFile $PWD/users
 Require valid-user
</Location>
<Location /digest>
 AuthType Digest
 AuthName area
 AuthUserFile $PWD/digests
 Require valid-user
</Location>
ProxyPass /back http://10.13.1.1:8000
C
cat > s.conf <<C
http_port 10.13.0.1:3128
http_access allow all
pid_filename $PWD/s.pid
cache_log $PWD/s.log
access_log none
cache_store_log none
cache_mem 8 MB
memory_cache_shared off
maximum_object_size_in_memory 512 KB
coredump_dir $PWD
shutdown_lifetime 1 seconds
visible_hostname prx.example.test
pinger_enable off
cache_effective_user proxy
C
# Behind the reverse proxy: a body deflated with and without its zlib header, and a switch to WebSocket.
cat > back.py <<'PYTHON'
import base64, hashlib, http.server, zlib
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.headers.get("Upgrade", "").lower() == "websocket":
            accept = base64.b64encode(hashlib.sha1((self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", accept.decode())
            self.end_headers()
            self.wfile.write(b"\x81\x05hello")
            self.rfile.read(11)
            self.close_connection = True
            return
        packer = zlib.compressobj(9, zlib.DEFLATED, -15 if "raw" in self.path else 15)
        body = packer.compress(b"<html>" + b"<p>packed</p>\n" * 200 + b"</html>\n") + packer.flush()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Encoding", "deflate")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("10.13.1.1", 8000), Handler).serve_forever()
PYTHON
bg srv apache2 -f "$PWD/a.conf" -D FOREGROUND
chmod 777 .
bg prx squid -n "$P" -N -f "$PWD/s.conf"
bg prx "$PY" back.py
wait_port srv tcp 80
wait_port prx tcp 3128
wait_port prx tcp 8000
record prx eth0 capture.pcap
U=http://10.13.1.2
c() { in_ns cli curl -s -S -o got --max-time 5 "$@" || true; }

# Users, known and not.
c $U/private/note.txt
c -u member:secret $U/private/note.txt
c -u stranger:wrong $U/private/note.txt
c --digest -u member:secret $U/digest/note.txt
# Encodings.
c -H 'Accept-Encoding: gzip' $U/gz/page.html
c -H 'Accept-Encoding: br' $U/br/page.html
c -H 'Accept-Encoding: gzip' $U/chunks/page.html
c http://10.13.1.1:8000/zlib
c http://10.13.1.1:8000/raw
# Ranges.
c -r 0-99,200-299 $U/numbers.txt
c -r -50 $U/numbers.txt
# Two on a connection, the second conditional; HTTP/2 by upgrade; through the reverse proxy.
c $U/numbers.txt -o got -z "$(date -R -d '+1 day')" $U/numbers.txt
c --http2 $U/page.html
c $U/back/zlib
# WebSocket.
(printf 'GET /socket HTTP/1.1\r\nHost: prx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
	sleep 0.3; printf '\201\205abcd\011\007\017\010\016') | in_ns cli nc -q 1 -w 2 10.13.1.1 8000 > got || true
# Through Squid: a page, the same from its memory, one that is not there, a tunnel, a tunnel that is denied a port.
X="-x http://10.13.0.1:3128"
c $X $U/page.html
c $X $U/page.html
c $X $U/missing
c -p $X $U/numbers.txt
c $X http://10.13.1.2:9/
rm -f /dev/shm/"$P"-*
stop_record
keep capture.pcap
