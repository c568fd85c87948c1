#!/usr/bin/env bash
# ssh-openssh: OpenSSH's client and server: keys, wrong passwords, several exchanges and ciphers, compression, a banner, another port
. "$(dirname "$0")/../lib.sh"
need sshd ssh ssh-keygen ssh-keyscan

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.40.0.2/24 2001:db8:40::2/64
addr srv eth0 10.40.0.1/24 2001:db8:40::1/64
mkdir -p /run/sshd
for kind in rsa ed25519 ecdsa; do ssh-keygen -q -t "$kind" -N '' -f "host_$kind"; done
ssh-keygen -q -t ed25519 -N '' -f user
cp user.pub authorized
ssh-keygen -q -t ed25519 -N '' -f stranger
cat >sshd.conf <<CONF
ListenAddress 0.0.0.0:22
ListenAddress [::]:22
ListenAddress 0.0.0.0:2222
HostKey $WORK/host_rsa
HostKey $WORK/host_ed25519
HostKey $WORK/host_ecdsa
AuthorizedKeysFile $WORK/authorized
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1
HostKeyAlgorithms +ssh-rsa
Match LocalPort 2222
    Banner $WORK/banner
CONF
head -c 600 /dev/zero | tr '\0' '#' >banner
bg srv "$(command -v sshd)" -D -e -f "$WORK/sshd.conf"
wait_port srv tcp 22
printf '#!/bin/sh\necho wrong\n' >ask && chmod 755 ask

go() { # ARGUMENTS: one session with these
	SSH_ASKPASS=$WORK/ask SSH_ASKPASS_REQUIRE=force in_ns cli timeout 20 ssh -F none -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -l root "$@" </dev/null >>bg.log 2>&1 || true
	sleep 0.2
}

record cli eth0 capture.pcap tcp
go -i user 10.40.0.1 true
go -i user 10.40.0.1 'seq 2000'
go -i stranger -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=3 10.40.0.1 true
go -i stranger -o PreferredAuthentications=publickey 10.40.0.1 true
go -i user -o KexAlgorithms=diffie-hellman-group14-sha1 -c aes256-ctr -m hmac-sha1 -o HostKeyAlgorithms=ssh-rsa 10.40.0.1 true
go -i user -o KexAlgorithms=diffie-hellman-group-exchange-sha256 -c aes128-gcm@openssh.com 10.40.0.1 true
go -i user -o KexAlgorithms=diffie-hellman-group16-sha512 -o HostKeyAlgorithms=rsa-sha2-512 10.40.0.1 true
go -i user -o KexAlgorithms=diffie-hellman-group18-sha512 10.40.0.1 true
go -i user -o KexAlgorithms=ecdh-sha2-nistp384 -o HostKeyAlgorithms=ecdsa-sha2-nistp256 2001:db8:40::1 true
go -i user -C 10.40.0.1 true
go -i user -c 3des-cbc 10.40.0.1 true
go -i user -p 2222 10.40.0.1 true
in_ns cli timeout 20 ssh-keyscan -t rsa,ed25519 10.40.0.1 >>bg.log 2>&1 || true
in_ns cli "$PY" - <<'PEER'
import socket
for greeting in (b"GET / HTTP/1.0\r\n\r\n", b"SSH-1.5-old\r\n", b"SSH-2.0-hangs up\r\n"):
    with socket.create_connection(("10.40.0.1", 22)) as peer:
        peer.settimeout(5)
        peer.recv(100)
        peer.sendall(greeting)
        peer.recv(100)
PEER
stop_record
keep capture.pcap
