#!/usr/bin/env bash
# tcp-snaplen: web, name and echo traffic recorded with only the first 96 bytes of each packet.
. "$(dirname "$0")/../lib.sh"
need nginx curl dig named socat

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.9.0.2/24
addr srv eth0 10.9.0.1/24
mkdir www
seq 1 2000 > www/numbers.txt
cat > ng.conf <<C
user root; worker_processes 1; daemon off; pid $PWD/ng.pid; error_log $PWD/err.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3; uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
 server { listen 10.9.0.1:80; root $PWD/www; } }
C
cat > zone <<'Z'
$TTL 300
@ IN SOA ns1.example.test. hostmaster.example.test. 1 7200 900 1209600 30
@ IN NS ns1
ns1 IN A 10.9.0.1
www IN A 10.9.0.1
txt IN TXT "a text that is long enough not to fit into what is left of the ninety-six bytes"
Z
cat > named.conf <<C
options { directory "$WORK"; pid-file "$WORK/named.pid"; session-keyfile "$WORK/s.key"; listen-on { any; }; recursion no; dnssec-validation no; };
controls { };
zone "example.test" { type primary; file "zone"; };
C
bg srv nginx -c "$PWD/ng.conf"
bg srv named -4 -g -c named.conf
bg srv socat -u UDP-LISTEN:9000,fork OPEN:/dev/null
wait_port srv tcp 80
wait_port srv tcp 53
wait_port srv udp 9000
record cli eth0 capture.pcap -s 96
in_ns cli curl -s -o /dev/null http://10.9.0.1/numbers.txt
in_ns cli curl -s -o /dev/null http://10.9.0.1/missing
in_ns cli dig @10.9.0.1 +tries=1 +time=1 www.example.test A >/dev/null
in_ns cli dig @10.9.0.1 +tries=1 +time=1 txt.example.test TXT >/dev/null
head -c 1200 /dev/zero | in_ns cli socat -u - UDP:10.9.0.1:9000
in_ns cli ping -q -c 2 -i 0.2 -s 500 10.9.0.1 >/dev/null
# IPv4 fragments, cut too.
in_ns cli ping -q -c 1 -s 3000 10.9.0.1 >/dev/null
stop_record
keep capture.pcap
