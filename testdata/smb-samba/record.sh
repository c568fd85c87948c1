#!/usr/bin/env bash
# smb-samba: smbclient, rpcclient and smbd: SMB 1, 2.0.2, 2.1, 3.0 and 3.1.1 over TCP and over NetBIOS sessions; files put, got,
# renamed and deleted, directories, shares listed, pipes; a logon that fails, an encrypted session, a file of several requests.
. "$(dirname "$0")/../lib.sh"
need smbd smbclient rpcclient smbpasswd unshare hostname

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.29.0.2/24 2001:db8:29::2/64
addr srv eth0 10.29.0.1/24 2001:db8:29::1/64
mkdir -p share state private lock
seq 1 3000 > share/numbers.txt
printf '%%PDF-1.4\nnot much of a document\n' > share/paper.pdf
printf '<?xml version="1.0"?>\n<a>text</a>\n' > put.xml
head -c 70000 /dev/zero | tr '\0' 'x' > large.bin
chmod -R a+rwX .
cat > smb.conf <<C
[global]
 workgroup = EXAMPLE
 netbios name = FILES
 server min protocol = NT1
 client min protocol = NT1
 interfaces = 10.29.0.1/24 2001:db8:29::1/64
 bind interfaces only = yes
 private dir = $PWD/private
 state directory = $PWD/state
 cache directory = $PWD/state
 lock directory = $PWD/lock
 pid directory = $PWD
 ncalrpc dir = $PWD/lock/ncalrpc
 log file = $PWD/log
 map to guest = never
 load printers = no
 printing = bsd
 disable spoolss = yes
 force user = root
[files]
 path = $PWD/share
 read only = no
C
(echo secret; echo secret) | in_ns srv smbpasswd -c "$PWD/smb.conf" -L -s -a root > /dev/null
# Its DNS name goes into what it tells of itself.
bg srv unshare -u sh -c "hostname files.example.test; exec smbd -F -s '$PWD/smb.conf'"
wait_port srv tcp 445
wait_port srv tcp 139
record cli eth0 capture.pcap
client() {
	local commands=$1
	shift
	in_ns cli timeout 30 smbclient -s "$PWD/smb.conf" -U root%secret -c "$commands" "$@" > /dev/null 2>&1 || true
	sleep 0.2
}
work='ls; get numbers.txt got.txt; put put.xml new.xml; rename new.xml newer.xml; mkdir folder; cd folder; put put.xml in.xml; del in.xml; cd ..; rmdir folder; get paper.pdf paper.pdf; del newer.xml; get missing.txt'
for dialect in NT1 SMB2_02 SMB2_10 SMB3_00 SMB3_11; do
	client "$work" -m $dialect //10.29.0.1/files
done
client 'ls; get numbers.txt got.txt' -m NT1 -p 139 //10.29.0.1/files
client 'put large.bin large.bin; get large.bin back.bin; del large.bin' -m SMB2_02 //10.29.0.1/files
client "$work" -m SMB3 --client-protection=encrypt //10.29.0.1/files
client 'ls' -m SMB3 -U root%wrong //10.29.0.1/files
client 'ls' -m SMB3 //10.29.0.1/absent
in_ns cli timeout 30 smbclient -s "$PWD/smb.conf" -U root%secret -m SMB3 -L 10.29.0.1 > /dev/null 2>&1 || true
in_ns cli timeout 30 smbclient -s "$PWD/smb.conf" -U root%secret -m NT1 -L 10.29.0.1 > /dev/null 2>&1 || true
for ask in 'srvinfo' 'enumdomusers' 'lookupnames root; netshareenum'; do
	in_ns cli timeout 30 rpcclient -s "$PWD/smb.conf" -U root%secret -c "$ask" 10.29.0.1 > /dev/null 2>&1 || true
done
client 'ls' -m SMB3 "//2001:db8:29::1/files"
stop_record
keep capture.pcap
