#!/usr/bin/env bash
# mdns-llmnr: two hosts with avahi-daemon (multicast DNS, services announced, browsed and withdrawn) and, after that, two with
# systemd-resolved (LLMNR), over IPv4 and IPv6.
. "$(dirname "$0")/../lib.sh"
need avahi-daemon avahi-browse avahi-resolve dbus-daemon dig nsenter mergecap
RESOLVED=/lib/systemd/systemd-resolved
[ -x $RESOLVED ] || { echo "systemd-resolved is not installed" >&2; exit 1; }

# A host: its own mount and host name space, an empty /run, a system bus.
# host NAME keeps the pid of its first process in NAME.pid; on NAME runs a command there.
host() {
	local n=$1
	ip netns exec "$P-$n" unshare -m -u sh -c '
		hostname "$1"
		mount -t tmpfs tmpfs /run
		mkdir -p /run/dbus /run/systemd/resolve /run/avahi-daemon
		chown systemd-resolve: /run/systemd/resolve 2>/dev/null
		mount --bind "$2/services.$1" /etc/avahi/services
		: >"$2/empty"
		echo "nameserver 127.0.0.53" >"$2/resolv.$1"
		mount --bind "$2/resolv.$1" "$(readlink -f /etc/resolv.conf)"
		echo $$ >"$2/$1.pid"
		exec dbus-daemon --system --nofork --nopidfile
	' sh "$n" "$WORK" >>bg.log 2>&1 </dev/null &
	for _ in $(seq 100); do
		[ -s "$n.pid" ] && nsenter -t "$(cat "$n.pid")" -m test -S /run/dbus/system_bus_socket 2>/dev/null && return 0
		sleep 0.05
	done
	cat bg.log >&2
	return 1
}
on() {
	local n=$1
	shift
	nsenter -t "$(cat "$n.pid")" -m -u -n "$@"
}

onbg() {
	local n=$1
	shift
	nsenter -t "$(cat "$n.pid")" -m -u -n "$@" >>bg.log 2>&1 </dev/null &
}

ns alpha beta
link alpha eth0 beta eth0
addr alpha eth0 10.4.0.1/24
addr beta eth0 10.4.0.2/24
for n in alpha beta; do ip -n "$P-$n" route add 224.0.0.0/4 dev eth0; done
mkdir services.alpha services.beta
cat > services.alpha/web.service <<'X'
<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name replace-wildcards="yes">Web on %h</name>
  <service>
    <type>_http._tcp</type>
    <subtype>_printer._sub._http._tcp</subtype>
    <port>80</port>
    <txt-record>path=/index.html</txt-record>
    <txt-record>note=gr&#xfc;&#xdf;e, with a comma</txt-record>
  </service>
</service-group>
X
cat > services.beta/ssh.service <<'X'
<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>Shell; beta (2)</name>
  <service><type>_ssh._tcp</type><port>22</port></service>
  <service><type>_ipp._tcp</type><port>631</port><txt-record>txtvers=1</txt-record><txt-record>ty=Printer</txt-record></service>
</service-group>
X
cat > avahi.conf <<'C'
[server]
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
[publish]
publish-hinfo=yes
publish-workstation=yes
[rlimits]
C
host alpha
host beta
record alpha eth0 capture.pcap
onbg alpha avahi-daemon --no-drop-root --no-chroot --no-rlimits -f $PWD/avahi.conf
A=$!
sleep 2.5
onbg beta avahi-daemon --no-drop-root --no-chroot --no-rlimits -f $PWD/avahi.conf
B=$!
sleep 3
on beta timeout 4 avahi-browse -a -r -t >>out.log 2>&1 || true
on alpha timeout 3 avahi-resolve -4 -n beta.local >>out.log 2>&1 || true
on alpha timeout 3 avahi-resolve -6 -n beta.local >>out.log 2>&1 || true
on alpha timeout 3 avahi-resolve -a 10.4.0.2 >>out.log 2>&1 || true
on alpha timeout 6 avahi-resolve -n nobody.local >>out.log 2>&1 || true
# One-shot queries from an ordinary port: the answer comes by unicast.
on alpha dig @224.0.0.251 -p 5353 +tries=1 +time=2 +noedns beta.local A >>out.log 2>&1 || true
on alpha dig @10.4.0.2 -p 5353 +tries=1 +time=2 _services._dns-sd._udp.local PTR >>out.log 2>&1 || true
on alpha dig @224.0.0.251 -p 5353 +tries=1 +time=2 +noedns -c CLASS32769 -t AAAA beta.local >>out.log 2>&1 || true
kill $B   # says goodbye with TTL 0
wait $B || true
kill $A
wait $A || true
sleep 0.5

for n in alpha beta; do
	onbg $n env SYSTEMD_LOG_LEVEL=info $RESOLVED
done
for _ in $(seq 100); do
	in_ns alpha ss -Hlun 'sport = :5355' | grep -q . && in_ns beta ss -Hlun 'sport = :5355' | grep -q . && break
	sleep 0.1
done
sleep 2
for q in "beta A" "beta AAAA" "nobody A" "BETA A"; do
	# shellcheck disable=SC2086
	on alpha dig @127.0.0.53 +tries=1 +time=4 +noedns $q >>out.log 2>&1 || true
done
on alpha dig @127.0.0.53 +tries=1 +time=4 -x 10.4.0.2 >>out.log 2>&1 || true
on alpha timeout 5 resolvectl query --protocol=llmnr-ipv4 beta >>out.log 2>&1 || true
on alpha timeout 5 resolvectl query --protocol=llmnr-ipv6 beta >>out.log 2>&1 || true
on beta timeout 5 resolvectl query --protocol=llmnr alpha >>out.log 2>&1 || true
# LLMNR over TCP, directly.
on alpha dig @10.4.0.2 -p 5355 +tcp +tries=1 +time=2 +noedns +norecurse beta A >>out.log 2>&1 || true
stop_record
[ -n "${SHOW:-}" ] && cat out.log bg.log >&2
keep capture.pcap
