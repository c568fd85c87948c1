#!/usr/bin/env bash
# gtp: a phone behind Osmocom's SGSN emulator, and its GGSN: echo, a context made and deleted (GTP-C); inside: ping, HTTP,
# TCP and UDP.
. "$(dirname "$0")/../lib.sh"
need osmo-ggsn sgsnemu nc socat ping curl

ns phone sgsn ggsn
link sgsn eth0 ggsn eth0
addr sgsn eth0 10.26.0.1/24
addr ggsn eth0 10.26.0.2/24
mkdir www
seq 1 800 > www/numbers.txt
cat > ggsn.cfg <<C
log stderr
 logging filter all 1
 logging level set-all info
line vty
 no login
ggsn ggsn0
 gtp state-dir $PWD
 gtp bind-ip 10.26.0.2
 apn internet
  gtpu-mode tun
  tun-device gtp0
  type-support v4
  ip prefix dynamic 172.16.26.0/24
  ip dns 0 192.0.2.53
  ip ifconfig 172.16.26.0/24
  no shutdown
 default-apn internet
 no shutdown ggsn
C
bg ggsn osmo-ggsn -c "$PWD/ggsn.cfg"
wait_port ggsn udp 2123
bg ggsn "$PY" -m http.server -d www --bind 172.16.26.0 80
bg ggsn socat UDP4-LISTEN:7,fork EXEC:cat
bg ggsn socat TCP4-LISTEN:7,reuseaddr,fork EXEC:cat
wait_port ggsn tcp 80
wait_port ggsn tcp 7
wait_port ggsn udp 7
record ggsn eth0 capture.pcap
bg sgsn sgsnemu --listen 10.26.0.1 --remote 10.26.0.2 --apn internet --imsi 001010123456789 --msisdn 15550123 \
	--statedir "$PWD" --pidfile "$PWD/sgsnemu.pid" --createif --tun-device ms0 --netns "$P-phone" --defaultroute
for i in $(seq 100); do
	in_ns phone ip route | grep -q default && break
	sleep 0.05
done
in_ns phone ping -q -c 2 -i 0.2 172.16.26.0 >/dev/null
in_ns phone curl -s -S -o got http://172.16.26.0/numbers.txt
cmp got www/numbers.txt
printf 'inside a tunnel\n' | in_ns phone nc -N -w 2 172.16.26.0 7 >/dev/null
printf 'inside a tunnel\n' | in_ns phone socat -t 0.1 - UDP4:172.16.26.0:7 >/dev/null
# Longer than the link takes: fragments outside.
in_ns phone ping -q -c 1 -s 1460 172.16.26.0 >/dev/null
kill -INT "$(cat sgsnemu.pid)" # it deletes the context
sleep 1
stop_record
keep capture.pcap
