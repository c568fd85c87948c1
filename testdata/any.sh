# any.sh: shared by any-sll and any-sll2. any_record LINK-TYPE
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat ping

any_record() {
	ns cli rt srv
	link cli eth0 rt eth0
	link rt eth1 srv eth0
	addr cli eth0 10.12.1.2/24 2001:db8:121::2/64
	addr rt eth0 10.12.1.1/24 2001:db8:121::1/64
	addr rt eth1 10.12.2.1/24 2001:db8:122::1/64
	addr srv eth0 10.12.2.2/24 2001:db8:122::2/64
	in_ns rt sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip -n "$P-cli" route add default via 10.12.1.1
	ip -n "$P-cli" -6 route add default via 2001:db8:121::1
	ip -n "$P-srv" route add default via 10.12.2.1
	ip -n "$P-srv" -6 route add default via 2001:db8:122::1
	bg srv socat TCP6-LISTEN:7,reuseaddr,fork,ipv6only=0 EXEC:cat
	bg srv socat UDP4-LISTEN:7,fork EXEC:cat
	bg rt socat TCP4-LISTEN:8,reuseaddr,fork EXEC:cat
	wait_port srv tcp 7
	wait_port srv udp 7
	wait_port rt tcp 8
	record rt any capture.pcap -y "$1"
	in_ns cli ping -q -c 2 -i 0.2 10.12.2.2 >/dev/null
	in_ns cli ping -q -c 2 -i 0.2 2001:db8:122::2 >/dev/null
	printf 'through the router\n' | in_ns cli nc -N -w 2 10.12.2.2 7 >/dev/null
	printf 'through the router\n' | in_ns cli nc -N -w 2 2001:db8:122::2 7 >/dev/null
	printf 'through the router\n' | in_ns cli socat -t 0.1 - UDP:10.12.2.2:7 >/dev/null
	printf 'to the router\n' | in_ns cli nc -N -w 2 10.12.1.1 8 >/dev/null
	printf 'inside the router\n' | in_ns rt nc -N -w 2 127.0.0.1 8 >/dev/null
	in_ns rt ping -q -c 1 ::1 >/dev/null
	stop_record
	keep capture.pcap
}
