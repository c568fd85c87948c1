#!/usr/bin/env bash
# irc-ngircd: ngircd, sic and a few lines of Python: names, channels with keys, a file offered and sent (DCC), odd lines, another port
. "$(dirname "$0")/../lib.sh"
need ngircd sic

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.42.0.2/24 2001:db8:42::2/64
addr srv eth0 10.42.0.1/24 2001:db8:42::1/64
cat >ngircd.conf <<CONF
[Global]
Name = irc.example.net
Info = a server
Listen = 0.0.0.0,::
Ports = 6667, 7777
[Options]
Ident = no
PAM = no
DNS = no
[Channel]
Name = #keyed
Key = sesame
Modes = tnk
CONF
bg srv ngircd -n -f "$WORK/ngircd.conf"
wait_port srv tcp 6667
record cli eth0 capture.pcap tcp
(sleep 0.5; echo ':j #one'; sleep 0.3; echo 'hello'; sleep 0.3; echo ':l #one'; sleep 0.3) |
	in_ns cli timeout 20 sic -h 2001:db8:42::1 -p 6667 -n siccer >>bg.log 2>&1 || true
bg srv "$PY" "$HERE/sender.py"
wait_port srv tcp 5000
in_ns cli "$PY" "$HERE/chat.py" >>bg.log 2>&1
stop_record
keep capture.pcap
