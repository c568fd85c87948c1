#!/usr/bin/env bash
# snmp-netsnmp: the tools and the agent of Net-SNMP: versions 1, 2c and 3 with and without encryption; get, next, bulk, walk and set; a wrong
# community, a user that nobody knows; traps and informs; one over IPv6.
. "$(dirname "$0")/../lib.sh"
need snmpd snmptrapd snmpget snmpwalk snmpbulkget snmpset snmptrap

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.45.0.2/24 2001:db8:45::2/64
addr srv eth0 10.45.0.1/24 2001:db8:45::1/64
mkdir state
cat > snmpd.conf <<C
agentaddress udp:10.45.0.1:161,udp6:[2001:db8:45::1]:161
rocommunity public
rwcommunity private
rocommunity6 public
createUser plain
createUser signed SHA signedword
createUser secret SHA secretword AES secretword
rouser plain noauth
rouser signed auth
rouser secret priv
sysDescr A box for birds
C
echo 'disableAuthorization yes' > trapd.conf
export MIBS= SNMPCONFPATH=$WORK SNMP_PERSISTENT_DIR=$WORK/state
bg srv snmpd -f -Lo -C -c "$WORK/snmpd.conf" -I -smux -p "$WORK/snmpd.pid"
bg srv snmptrapd -f -Lo -C -c "$WORK/trapd.conf" -p "$WORK/trapd.pid" udp:10.45.0.1:162
wait_port srv udp 161
wait_port srv udp 162
record cli eth0 capture.pcap
run() { in_ns cli timeout 20 "$@" >/dev/null 2>&1 || true; }
system=.1.3.6.1.2.1.1
run snmpget -v 1 -c public 10.45.0.1 $system.1.0 $system.3.0
run snmpget -v 2c -c public 10.45.0.1 $system.1.0
run snmpgetnext -v 2c -c public 10.45.0.1 $system.1 $system.2
run snmpwalk -v 2c -c public 10.45.0.1 $system
run snmpwalk -v 1 -c public 10.45.0.1 .1.3.6.1.2.1.2.2.1
run snmpbulkget -v 2c -c public -Cn1 -Cr5 10.45.0.1 $system.3 $system.9
run snmpset -v 2c -c private 10.45.0.1 $system.4.0 s "somebody else"
run snmpget -v 2c -c public udp6:[2001:db8:45::1]:161 $system.5.0
run snmpget -v 2c -c wrong -r 1 -t 1 10.45.0.1 $system.1.0
run snmpget -v 3 -u plain -l noAuthNoPriv 10.45.0.1 $system.1.0
run snmpget -v 3 -u signed -l authNoPriv -a SHA -A signedword 10.45.0.1 $system.1.0
run snmpget -v 3 -u secret -l authPriv -a SHA -A secretword -x AES -X secretword 10.45.0.1 $system.1.0
run snmpget -v 3 -u nobody -l noAuthNoPriv -r 0 10.45.0.1 $system.1.0
run snmptrap -v 1 -c public 10.45.0.1:162 .1.3.6.1.4.1.99999 10.45.0.2 6 17 '' $system.5.0 s box
run snmptrap -v 2c -c public 10.45.0.1:162 '' .1.3.6.1.6.3.1.1.5.3 $system.5.0 s box
run snmpinform -v 2c -c public 10.45.0.1:162 '' .1.3.6.1.6.3.1.1.5.4 $system.5.0 s box
stop_record
keep capture.pcap
