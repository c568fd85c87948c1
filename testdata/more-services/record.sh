#!/usr/bin/env bash
# more-services: what only --more-services names: TFTP, STUN and TURN, WireGuard, OpenVPN, IKE 1 and 2, Ident
. "$(dirname "$0")/../lib.sh"
need in.tftpd turnserver turnutils_stunclient turnutils_uclient wg wireguard-go openvpn ike-scan ident2 curl openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.45.0.2/24 2001:db8:45::2/64
addr srv eth0 10.45.0.1/24 2001:db8:45::1/64
record cli eth0 capture.pcap

# TFTP: a file got, one put, one that is not there.
mkdir tftp && chmod 777 tftp && head -c 3000 /dev/zero | tr '\0' x >tftp/boot.img && touch tftp/up.txt && chmod 666 tftp/*
bg srv in.tftpd -L -4 -a 10.45.0.1:69 -s "$WORK/tftp"
wait_port srv udp 69
in_ns cli timeout 10 curl -s -o got tftp://10.45.0.1/boot.img >>bg.log 2>&1 || true
in_ns cli timeout 10 curl -s --tftp-blksize 1024 -o got tftp://10.45.0.1/boot.img >>bg.log 2>&1 || true
echo 'a short text' >up.txt
in_ns cli timeout 10 curl -s -T up.txt tftp://10.45.0.1/up.txt >>bg.log 2>&1 || true
in_ns cli timeout 10 curl -s -o none tftp://10.45.0.1/none >>bg.log 2>&1 || true

# STUN, and a relay by TURN.
bg srv turnserver -n -L 10.45.0.1 -E 10.45.0.1 -a -u user:secret -r example.org --no-tls --no-dtls --no-cli --pidfile "$WORK/turn.pid" --log-file stdout
wait_port srv udp 3478
in_ns cli timeout 10 turnutils_stunclient 10.45.0.1 >>bg.log 2>&1 || true
in_ns cli timeout 15 turnutils_uclient -u user -w secret -y -n 2 -m 1 10.45.0.1 >>bg.log 2>&1 || true

# WireGuard on its own port and on another.
for side in cli srv; do wg genkey >$side.key; wg pubkey <$side.key >$side.pub; done
for side in cli srv; do
	bg $side env WG_PROCESS_FOREGROUND=1 wireguard-go wg$side
done
sleep 1
in_ns srv wg set wgsrv listen-port 51820 private-key "$WORK/srv.key" peer "$(cat cli.pub)" allowed-ips 10.46.0.2/32
in_ns cli wg set wgcli private-key "$WORK/cli.key" peer "$(cat srv.pub)" endpoint 10.45.0.1:51820 allowed-ips 10.46.0.1/32 persistent-keepalive 1
addr cli wgcli 10.46.0.2/24
addr srv wgsrv 10.46.0.1/24
ip -n "$P-srv" link set wgsrv up
ip -n "$P-cli" link set wgcli up
in_ns cli ping -q -c 3 -i 0.3 10.46.0.1 >>bg.log 2>&1 || true

# OpenVPN with certificates, bare and with tls-auth.
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca >>bg.log 2>&1
for side in cli srv; do
	openssl req -newkey rsa:2048 -nodes -keyout $side-vpn.key -out $side.csr -subj /CN=$side >>bg.log 2>&1
	openssl x509 -req -in $side.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out $side-vpn.pem >>bg.log 2>&1
done
openvpn --genkey secret ta.key >>bg.log 2>&1
common="--ca ca.pem --dev tun --persist-tun --verb 1 --data-ciphers AES-256-GCM"
bg srv openvpn $common --port 1194 --proto udp4 --server 10.47.0.0 255.255.255.0 --dh none --cert srv-vpn.pem --key srv-vpn.key
bg srv openvpn $common --port 11940 --proto udp4 --server 10.48.0.0 255.255.255.0 --dh none --cert srv-vpn.pem --key srv-vpn.key --tls-auth ta.key 0
sleep 1
in_ns cli timeout 6 openvpn $common --client --nobind --proto udp4 --remote 10.45.0.1 1194 --cert cli-vpn.pem --key cli-vpn.key --ping 1 >>bg.log 2>&1 || true
in_ns cli timeout 6 openvpn $common --client --nobind --proto udp4 --remote 10.45.0.1 11940 --cert cli-vpn.pem --key cli-vpn.key --tls-auth ta.key 1 --ping 1 >>bg.log 2>&1 || true

# IKE: a scanner that asks a host which does not listen, in both versions.
in_ns cli timeout 5 ike-scan --retry=1 10.45.0.1 >>bg.log 2>&1 || true
in_ns cli timeout 5 ike-scan --ikev2 --retry=1 10.45.0.1 >>bg.log 2>&1 || true

# Ident behind socat.
bg srv socat TCP4-LISTEN:113,fork,reuseaddr EXEC:"$(command -v ident2) -i"
wait_port srv tcp 113
in_ns cli "$PY" - <<'PEER'
import socket

with socket.create_connection(("10.45.0.1", 113)) as peer:
    peer.settimeout(3)
    peer.sendall(b"113, %d\r\n" % peer.getsockname()[1])
    peer.recv(4096)
PEER
stop_record
keep capture.pcap
