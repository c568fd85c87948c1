#!/usr/bin/env bash
# calls-sipp: calls of sipp over TCP and UDP whose media sipp sends as RTP, with RTCP by hand, and encrypted ones by hand.
. "$(dirname "$0")/../lib.sh"
need sipp
TONES=/usr/share/sip-tester

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.50.0.2/24
addr srv eth0 10.50.0.1/24
cp "$HERE/call.xml" "$HERE/media.py" .
sed "s,TONES,$TONES," call.xml >plain.xml
bg srv sipp -sn uas -t t1 -i 10.50.0.1 -p 5060 -mp 7000 -rtp_echo -nostdin
bg srv sipp -sn uas -t t1 -i 10.50.0.1 -p 15060 -mp 7100 -rtp_echo -nostdin
bg srv sipp -sn uas -i 10.50.0.1 -p 5060 -mp 7200 -rtp_echo -nostdin
wait_port srv tcp 5060
wait_port srv tcp 15060
wait_port srv udp 5060
record cli eth0 capture.pcap
call() { # transport, where, port of media
	in_ns cli timeout 20 sipp -sf plain.xml -t "$1" -i 10.50.0.2 -mp "$3" -m 1 -nostdin "$2" >>bg.log 2>&1 || true
}
call t1 10.50.0.1:5060 6000
call t1 10.50.0.1:15060 6100
call u1 10.50.0.1:5060 6200
bg srv "$PY" media.py 10.50.0.1
wait_port srv tcp 25060
in_ns cli "$PY" media.py 10.50.0.2 10.50.0.1
stop_record
keep capture.pcap
