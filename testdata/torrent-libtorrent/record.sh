#!/usr/bin/env bash
# torrent-libtorrent: peers of libtorrent and aria2 get a file by TCP, by uTP and encrypted; opentracker over UDP; their table.
. "$(dirname "$0")/../lib.sh"
need opentracker aria2c
"$PY" -c 'import libtorrent' 2>/dev/null || { echo "python3-libtorrent is not installed" >&2; exit 1; }

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.52.0.2/24 10.52.0.3/24 10.52.0.4/24 10.52.0.5/24
addr srv eth0 10.52.0.1/24
"$PY" "$HERE/make.py"
mkdir -p tracker && chmod 777 tracker
bg srv opentracker -i 10.52.0.1 -P 6969 -p 6969 -d "$WORK/tracker" -u nobody
wait_port srv udp 6969
record cli eth0 capture.pcap
bg srv "$PY" "$HERE/peer.py" seed 10.52.0.1
wait_file seeding
get() { in_ns cli timeout 30 "$PY" "$HERE/peer.py" get "$1" "$2" "got-$2" >>bg.log 2>&1 || true; }
get 10.52.0.2 tcp
get 10.52.0.3 utp
get 10.52.0.4 encrypted
in_ns cli timeout 15 aria2c -q --seed-time=0 --interface=10.52.0.5 --enable-dht=true --dht-entry-point=10.52.0.1:6881 \
	--listen-port=6895 --dht-listen-port=6895 --enable-dht6=false --bt-enable-lpd=false -d got-aria file.torrent >>bg.log 2>&1 || true
stop_record
keep capture.pcap
