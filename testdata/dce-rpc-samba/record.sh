#!/usr/bin/env bash
# dce-rpc-samba: rpcclient and samba-dcerpcd over TCP: the endpoint mapper asked for ports, then shares, users and policies; with NTLM
# alone, within SPNEGO, signed, sealed and not at all; a logon that fails, and an operation that nobody has.
. "$(dirname "$0")/../lib.sh"
DCERPCD=/usr/libexec/samba/samba-dcerpcd
[ -x $DCERPCD ] || DCERPCD=/usr/lib/x86_64-linux-gnu/samba/samba-dcerpcd
need rpcclient smbpasswd unshare hostname "$DCERPCD"

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.30.0.2/24
addr srv eth0 10.30.0.1/24
mkdir state private lock
cat > smb.conf <<C
[global]
 workgroup = EXAMPLE
 netbios name = CALLS
 interfaces = 10.30.0.1/24
 bind interfaces only = yes
 rpc start on demand helpers = no
 private dir = $PWD/private
 state directory = $PWD/state
 cache directory = $PWD/state
 lock directory = $PWD/lock
 pid directory = $PWD
 ncalrpc dir = $PWD/lock/ncalrpc
 log file = $PWD/log
 load printers = no
 printing = bsd
 disable spoolss = yes
[files]
 path = $PWD/state
C
(echo secret; echo secret) | in_ns srv smbpasswd -c "$PWD/smb.conf" -L -s -a root > /dev/null
# Its DNS name goes into what it tells of itself.
bg srv unshare -u sh -c "hostname calls.example.test; exec $DCERPCD -F --no-process-group --libexec-rpcds -s $PWD/smb.conf"
wait_port srv tcp 135
sleep 1
record cli eth0 capture.pcap
call() { # BINDING OPTIONS ARGUMENTS
	in_ns cli timeout 20 rpcclient -s "$PWD/smb.conf" "$@" > got 2>&1 || true
}
for options in '' connect, ntlm,connect ntlm,sign ntlm,seal spnego,sign spnego,seal bigendian,; do
	call -U root%secret "ncacn_ip_tcp:10.30.0.1[$options]" -c 'srvinfo; netshareenumall; netremotetod'
done
call -U root%secret 'ncacn_ip_tcp:10.30.0.1[spnego,sign]' -c 'enumdomusers; lookupnames root; lsaquery; enumprivs'
call -U root%wrong 'ncacn_ip_tcp:10.30.0.1[ntlm,sign]' -c srvinfo
call -U % 'ncacn_ip_tcp:10.30.0.1[connect]' -c 'epmlookup; epmmap'
stop_record
keep capture.pcap
