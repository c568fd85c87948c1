#!/usr/bin/env bash
# mqtt-mosquitto: clients and a broker of Mosquitto: versions 3.1, 3.1.1 and 5; all three levels of delivery, wills, messages that are kept, topics
# subscribed to and left; a wrong password; one over IPv6, one on another port.
. "$(dirname "$0")/../lib.sh"
need mosquitto mosquitto_pub mosquitto_sub mosquitto_passwd

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.46.0.2/24 2001:db8:46::2/64
addr srv eth0 10.46.0.1/24 2001:db8:46::1/64
mosquitto_passwd -c -b passwords me word
chmod 644 passwords
cat > broker.conf <<C
per_listener_settings true
listener 1883 10.46.0.1
allow_anonymous true
listener 1883 2001:db8:46::1
allow_anonymous true
listener 2883 10.46.0.1
allow_anonymous false
password_file $WORK/passwords
C
bg srv mosquitto -c "$WORK/broker.conf"
wait_port srv tcp 2883
record cli eth0 capture.pcap
pub() { in_ns cli timeout 20 mosquitto_pub -h "${HOST:-10.46.0.1}" "$@" >/dev/null 2>&1 || true; }
for version in 31 311 5; do
	in_ns cli timeout 20 mosquitto_sub -h 10.46.0.1 -V "mqttv$version" -i "reader-$version" -q 2 -t 'birds/#' -t fish -U "fish" -C 4 -W 10 >/dev/null 2>&1 &
	reader=$!
	sleep 0.5
	for qos in 0 1 2; do pub -V "mqttv$version" -i "writer-$version-$qos" -q $qos -t birds/gannet -m "dives, level $qos"; done
	pub -V "mqttv$version" -i "late-$version" --will-topic birds/gone --will-payload "bye" --will-qos 1 -q 1 -r -t birds/kept -m "$(head -c 300 /dev/zero | tr '\0' x)"
	wait $reader || true
done
HOST=2001:db8:46::1 pub -i six -t birds/six -n
pub -p 2883 -i ok -u me -P word -t birds/gannet -m "with a password"
pub -p 2883 -i refused -u me -P wrong -t birds/gannet -m "without"
pub -p 2883 -V mqttv5 -i refused5 -t birds/gannet -m "without"
for line in one two three; do echo "$line"; sleep 0.2; done | in_ns cli timeout 20 mosquitto_pub -h 10.46.0.1 -i lines -q 1 -l -t birds/lines
stop_record
keep capture.pcap
