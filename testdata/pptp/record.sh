#!/usr/bin/env bash
# pptp: pptp-linux, pptpd and pppd: the control connection, and PPP in GRE version 1; a call with the full header of PPP, and one with
# the short one that pppd asks for by itself; inside: ping, HTTP, TCP and UDP, IPv4 and IPv6.
. "$(dirname "$0")/../uml.sh" ppp_generic ppp_async ipv6
. "$(dirname "$0")/../lib.sh"
need pptp pptpd pppd nc socat ping curl

mkdir -p /dev/pts /run/lock
mount -t devpts pts /dev/pts
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
ns a b
link a eth0 b eth0
addr a eth0 10.27.0.1/24
addr b eth0 10.27.0.2/24
mkdir www
seq 1 800 > www/numbers.txt
cat > server.options <<C
name server
noauth
nodefaultroute
noccp
novj
nobsdcomp
nodeflate
ipv6 ::2,::1
nolock
C
cat > pptpd.conf <<C
ppp /usr/sbin/pppd
option $PWD/server.options
pidfile $PWD/pptpd.pid
localip 192.0.2.2
remoteip 192.0.2.1
listen 10.27.0.2
nobcrelay
noipparam
C
bg b pptpd -f -c "$PWD/pptpd.conf"
wait_port b tcp 1723
bg b "$PY" -m http.server -d www 80
bg b socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
bg b socat UDP4-LISTEN:7,fork EXEC:cat
wait_port b tcp 80
wait_port b tcp 7
wait_port b udp 7
record a eth0 capture.pcap
call() { # OPTIONS of pppd
	local i
	bg a pppd pty 'pptp 10.27.0.2 --nolaunchpppd' nodetach noauth nodefaultroute noccp novj nobsdcomp nodeflate nolock user client "$@"
	for i in $(seq 200); do
		in_ns a ping -q -c 1 -W 1 192.0.2.2 >/dev/null 2>&1 && break
		sleep 0.05
	done
	in_ns a ping -q -c 1 fe80::2%ppp0 >/dev/null
	printf 'inside a tunnel\n' | in_ns a nc -N -w 2 192.0.2.2 7 >/dev/null
	printf 'inside a tunnel\n' | in_ns a socat -t 0.1 - UDP:192.0.2.2:7 >/dev/null
	in_ns a curl -s -S -o got http://192.0.2.2/numbers.txt
	cmp got www/numbers.txt
	pkill -TERM -F /run/ppp0.pid
	for i in $(seq 200); do
		ip -n "$P-a" link show ppp0 >/dev/null 2>&1 || break
		sleep 0.05
	done
}
call noaccomp nopcomp
call
stop_record
keep capture.pcap
