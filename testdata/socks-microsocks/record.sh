#!/usr/bin/env bash
# socks-microsocks: curl through a proxy: names and addresses, with and without a log-in, refused, SOCKS 4, HTTP and TLS inside
. "$(dirname "$0")/../lib.sh"
need microsocks curl openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.41.0.2/24 2001:db8:41::2/64
addr srv eth0 10.41.0.1/24 2001:db8:41::1/64
mkdir www && echo 'through a proxy' >www/index.html
bg srv "$PY" -m http.server -d www 8080
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=inside >>bg.log 2>&1
bg srv openssl s_server -accept 8443 -key key.pem -cert cert.pem -www
bg srv microsocks -i 10.41.0.1 -p 9050
bg srv microsocks -i 10.41.0.1 -p 1080 -u bob -P secret
for port in 8080 8443 9050 1080; do wait_port srv tcp $port; done

get() { in_ns cli timeout 20 curl -sk -o /dev/null "$@" >>bg.log 2>&1 || true; }

record cli eth0 capture.pcap tcp
get -x socks5://10.41.0.1:9050 http://10.41.0.1:8080/
get -x socks5h://10.41.0.1:9050 http://localhost:8080/index.html
get -x socks5://10.41.0.1:9050 https://10.41.0.1:8443/
get -x socks5h://10.41.0.1:9050 'http://[::1]:8080/'
get -x socks5://10.41.0.1:9050 http://10.41.0.1:81/
get -x socks5h://10.41.0.1:9050 http://nowhere.invalid/
get -x socks5://bob:secret@10.41.0.1:1080 http://10.41.0.1:8080/
get -x socks5://bob:wrong@10.41.0.1:1080 http://10.41.0.1:8080/
get -x socks5://10.41.0.1:1080 http://10.41.0.1:8080/
get -x socks4://10.41.0.1:9050 http://10.41.0.1:8080/
stop_record
keep capture.pcap
