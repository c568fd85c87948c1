#!/usr/bin/env bash
# http2-nghttp2: HTTP/2 in clear text: curl, nghttp, h2load and Python against nghttpd, nginx, Apache and gRPC for Python; what they do stands
# below and in greeter.py. PEERS names a Python that has grpcio.
. "$(dirname "$0")/../lib.sh"
need nghttpd nghttp h2load nginx apache2 curl
PEERS=${PEERS:-$PY}

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.46.0.2/24 2001:db8:46::2/64
addr srv eth0 10.46.0.1/24 2001:db8:46::1/64
mkdir www
seq 1 3000 >www/numbers.txt
printf '<html><head><link rel="stylesheet" href="style.css"></head><body>hello</body></html>\n' >www/index.html
printf 'p { color: black }\n' >www/style.css
printf '{"name": "gannet"}\n' >www/data.json
cat >ng.conf <<C
user root; worker_processes 1; daemon off; pid $PWD/ng.pid; error_log $PWD/err.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3; uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
 types { text/html html; application/json json; text/plain txt; } default_type application/octet-stream;
 server { listen 10.46.0.1:80 http2; root $PWD/www; gzip on; gzip_min_length 1; gzip_types *;
  large_client_header_buffers 4 64k;
  location / { }
  location /post { return 200 "thank you for all that\n"; }
  location /private { auth_basic "private"; auth_basic_user_file /dev/null; }
 } }
C
M=/usr/lib/apache2/modules
cat >a.conf <<C
ServerRoot $PWD
ServerName 10.46.0.1
Listen 10.46.0.1:8088
PidFile $PWD/a.pid
ErrorLog $PWD/a.log
LoadModule mpm_event_module $M/mod_mpm_event.so
LoadModule authz_core_module $M/mod_authz_core.so
LoadModule filter_module $M/mod_filter.so
LoadModule deflate_module $M/mod_deflate.so
LoadModule http2_module $M/mod_http2.so
Protocols h2c http/1.1
KeepAliveTimeout 10
H2MinWorkers 2
DocumentRoot $PWD/www
SetOutputFilter DEFLATE
C
touch err.log
bg srv nghttpd --no-tls -a 10.46.0.1 -d www -p /index.html=/style.css --trailer 'checksum: none' 8080
bg srv nghttpd --no-tls -a 10.46.0.1 -d www -p /index.html=/style.css 8082
bg srv nghttpd --no-tls -a 2001:db8:46::1 -d www --echo-upload 8081
bg srv apache2 -f "$PWD/a.conf" -D FOREGROUND
bg srv nginx -c "$PWD/ng.conf"
bg srv "$PEERS" "$HERE/greeter.py" server 10.46.0.1:50051
wait_port srv tcp 8080
wait_port srv tcp 8081
wait_port srv tcp 8082
wait_port srv tcp 8088
wait_port srv tcp 80
wait_port srv tcp 50051
record cli eth0 capture.pcap
get() { in_ns cli timeout 10 curl -sS -o got "$@" >>bg.log 2>&1 || true; }

# By prior knowledge: several on one connection, what is not there, HEAD, a range, credentials, large headers.
get --http2-prior-knowledge http://10.46.0.1:8082/numbers.txt
in_ns cli timeout 10 nghttp -n http://10.46.0.1:8082/numbers.txt http://10.46.0.1:8082/data.json http://10.46.0.1:8082/none >>bg.log 2>&1 || true
get --http2-prior-knowledge -I http://10.46.0.1/numbers.txt
get --http2-prior-knowledge -r 100-199 http://10.46.0.1/numbers.txt
get --http2-prior-knowledge --compressed -A 'an agent' -e http://example.org/from http://10.46.0.1/numbers.txt
get --http2-prior-knowledge -u user:secret http://10.46.0.1/private
get --http2-prior-knowledge -H "x-large: $(head -c 20000 /dev/zero | tr '\0' x)" http://10.46.0.1/data.json
get --http2-prior-knowledge -F 'file=@www/data.json' -F 'text=a few words' 'http://[2001:db8:46::1]:8081/echo'
get --http2-prior-knowledge -d 'a form' http://10.46.0.1/post
get --http2-prior-knowledge -T www/numbers.txt 'http://[2001:db8:46::1]:8081/echo'
# After an upgrade, and where a server does not want one.
get --http2 http://10.46.0.1:8088/data.json -o got http://10.46.0.1:8088/style.css
get --http2 --compressed -d 'a form' http://10.46.0.1:8088/numbers.txt
get --http2 http://10.46.0.1/data.json
# Many at once, with priorities, padding, pushed files, trailers.
in_ns cli timeout 10 nghttp -a -n --padding=64 --trailer 'checksum: 1' http://10.46.0.1:8080/index.html >>bg.log 2>&1 || true
in_ns cli timeout 10 nghttp -u -a -n http://10.46.0.1:8088/index.html >>bg.log 2>&1 || true
in_ns cli timeout 10 nghttp -n --continuation --header-table-size=100000 --encoder-header-table-size=100000 http://10.46.0.1:8080/data.json http://10.46.0.1:8080/style.css >>bg.log 2>&1 || true
in_ns cli timeout 10 h2load -n 12 -c 2 -m 6 http://10.46.0.1:8080/style.css http://10.46.0.1:8080/data.json >>bg.log 2>&1 || true
# gRPC: one answer, a stream of them, compressed, an error, one that is given up.
in_ns cli timeout 20 "$PEERS" "$HERE/greeter.py" client 10.46.0.1:50051 >>bg.log 2>&1
stop_record
keep capture.pcap
