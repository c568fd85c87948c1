#!/usr/bin/env bash
# netbios: Samba's nmbd registers its names, by broadcast and with a WINS server, refreshes, defends and releases them; nmblookup asks.
. "$(dirname "$0")/../lib.sh"
need nmbd nmblookup

ns wins host
link wins eth0 host eth0
addr wins eth0 10.5.0.1/24
addr host eth0 10.5.0.2/24
for n in wins host; do
	mkdir -p $n/lock $n/state $n/cache $n/pid $n/private $n/log $n/ncalrpc
	cat > $n.conf <<C
[global]
 workgroup = WORKGROUP
 netbios name = ${n^^}-PC
 server string = test host $n
 interfaces = eth0
 bind interfaces only = yes
 lock directory = $WORK/$n/lock
 state directory = $WORK/$n/state
 cache directory = $WORK/$n/cache
 pid directory = $WORK/$n/pid
 private dir = $WORK/$n/private
 ncalrpc dir = $WORK/$n/ncalrpc
 log file = $WORK/$n/log/log
 local master = yes
 os level = $([ $n = wins ] && echo 60 || echo 10)
 preferred master = $([ $n = wins ] && echo yes || echo no)
$([ $n = wins ] && echo ' wins support = yes' || echo ' wins server = 10.5.0.1')
C
done
record host eth0 capture.pcap
bg wins nmbd -F --no-process-group -s wins.conf -l "$WORK/wins/log"
W=$!
sleep 8
bg host nmbd -F --no-process-group -s host.conf -l "$WORK/host/log"
H=$!
sleep 24
q() { in_ns host timeout 4 nmblookup -s host.conf "$@" >>out.log 2>&1 || true; }
q WINS-PC
q 'WORKGROUP#1d'
q 'WORKGROUP#00'
q nobody
q -A 10.5.0.1
q -U 10.5.0.1 --recursion HOST-PC
q -U 10.5.0.1 --recursion 'WORKGROUP#1b'
q -U 10.5.0.1 --recursion nobody
q -U 10.5.0.1 'HOST-PC#20'
q -U 10.5.0.1 '*'
q -S wins-pc
sleep 0.5
kill $H
wait $H 2>/dev/null || true
sleep 2.5
kill $W
wait $W 2>/dev/null || true
stop_record
[ -n "${SHOW:-}" ] && cat out.log bg.log >&2
keep capture.pcap
