#!/usr/bin/env bash
# syslog-rsyslog: logger sends to rsyslog, in the old format and the new one, with all kinds of priorities; rsyslog forwards to another one;
# a message without priority, and one whose priority is none; one over IPv6.
. "$(dirname "$0")/../lib.sh"
need rsyslogd logger nc

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.43.0.2/24 2001:db8:43::2/64
addr srv eth0 10.43.0.1/24 2001:db8:43::1/64
cat > srv.conf <<C
module(load="imudp")
input(type="imudp" port="514")
*.* action(type="omfile" file="$WORK/all.log")
C
cat > cli.conf <<C
module(load="imudp")
input(type="imudp" port="514")
*.* action(type="omfwd" target="10.43.0.1" port="514" protocol="udp" template="RSYSLOG_SyslogProtocol23Format")
C
bg srv rsyslogd -n -f "$WORK/srv.conf" -i "$WORK/srv.pid"
bg cli rsyslogd -n -f "$WORK/cli.conf" -i "$WORK/cli.pid"
wait_port srv udp 514
wait_port cli udp 514
record cli eth0 capture.pcap
say() { in_ns cli logger -n "${HOST:-10.43.0.1}" -P 514 -d "$@"; }
for facility in kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local7; do
	say -p "$facility.info" -t "$facility" "from $facility"
done
for severity in emerg alert crit err warning notice info debug; do say --rfc3164 -p "user.$severity" "how bad: $severity"; done
HOST=2001:db8:43::1 say --rfc5424 --sd-id zoo@123 --sd-param 'bird="gannet"' --msgid FED -p local3.notice "fish for all, grüße"
in_ns cli logger -n 10.43.0.2 -P 514 -d -p daemon.warning "please forward this"
for text in 'no priority' '<999>far too high' '<13>tab	and NUL'; do printf '%s\0' "$text" | in_ns cli nc -u -w 1 10.43.0.1 514; done
(printf '<14>one'; sleep 0.3; printf '<x>two'; sleep 0.3; printf '<14>three') | in_ns cli nc -u -w 1 10.43.0.1 514
stop_record
keep capture.pcap
