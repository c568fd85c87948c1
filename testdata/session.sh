# session.sh: shared by nanosecond, gzip and zstd. small_session PREFIX [tcpdump args]: TCP, UDP, ping between 10.PREFIX.0.2 and .1
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need nc socat ping

small_session() {
	local x=$1
	shift
	ns cli srv
	link cli eth0 srv eth0
	addr cli eth0 "10.$x.0.2/24"
	addr srv eth0 "10.$x.0.1/24"
	bg srv socat TCP4-LISTEN:7,reuseaddr,fork EXEC:cat
	bg srv socat UDP4-LISTEN:7,fork EXEC:cat
	wait_port srv tcp 7
	wait_port srv udp 7
	record cli eth0 capture.pcap "$@"
	in_ns cli ping -q -c 2 -i 0.2 "10.$x.0.1" >/dev/null
	for i in 1 2 3; do
		printf 'session %d\n' $i | in_ns cli nc -N -w 2 "10.$x.0.1" 7 >/dev/null
		printf 'datagram %d\n' $i | in_ns cli socat -t 0.1 - "UDP:10.$x.0.1:7" >/dev/null
	done
	stop_record
}
