#!/usr/bin/env bash
# ftp-vsftpd: curl and lftp against vsftpd: passive and active connections in both forms, downloads, uploads, TLS.
. "$(dirname "$0")/../lib.sh"
need vsftpd lftp curl openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.41.0.2/24 2001:db8:41::2/64
addr srv eth0 10.41.0.1/24 2001:db8:41::1/64

mkdir -p root/in empty
chmod 555 root
chown ftp root/in 2>/dev/null || chown nobody root/in
seq 3000 >root/numbers.txt
printf 'GIF89a%s' "$(head -c 300 /dev/zero | tr '\0' x)" >root/picture.gif
printf 'few' >root/few
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=ftp.example 2>/dev/null

conf() { # NAME PORT: a server's settings
	cat >"$1.conf" <<-EOF
		listen=NO
		listen_ipv6=YES
		listen_port=$2
		background=NO
		anonymous_enable=YES
		anon_root=$WORK/root
		anon_upload_enable=YES
		anon_mkdir_write_enable=YES
		anon_other_write_enable=YES
		anon_umask=022
		write_enable=YES
		local_enable=NO
		connect_from_port_20=YES
		secure_chroot_dir=$WORK/empty
		seccomp_sandbox=NO
		isolate=NO
		isolate_network=NO
		ssl_enable=YES
		allow_anon_ssl=YES
		force_anon_data_ssl=NO
		force_anon_logins_ssl=NO
		rsa_cert_file=$WORK/cert.pem
		rsa_private_key_file=$WORK/key.pem
	EOF
	chown root "$1.conf"
	bg srv vsftpd "$WORK/$1.conf"
	wait_port srv tcp "$2"
}
conf one 21
conf two 2121

record cli eth0 capture.pcap
fetch() { in_ns cli timeout 20 curl -sS --max-time 15 -o /dev/null "$@" || true; }
fetch ftp://10.41.0.1/numbers.txt
fetch --disable-epsv ftp://10.41.0.1/picture.gif ftp://10.41.0.1/few ftp://10.41.0.1/
fetch -P - ftp://10.41.0.1/numbers.txt
fetch -P - --disable-eprt ftp://10.41.0.1/few
fetch 'ftp://[2001:db8:41::1]/picture.gif'
fetch -P - 'ftp://[2001:db8:41::1]/few'
fetch -r 100-199 ftp://10.41.0.1/numbers.txt
fetch -u someone:secret ftp://10.41.0.1/few
fetch ftp://10.41.0.1/missing
fetch ftp://10.41.0.1:2121/numbers.txt
in_ns cli timeout 20 curl -sS -T root/picture.gif ftp://10.41.0.1/in/ -Q '-SIZE in/picture.gif' || true
in_ns cli timeout 20 curl -sS -a -T root/few ftp://10.41.0.1/in/picture.gif -Q '-RNFR in/picture.gif' -Q '-RNTO in/other.gif' \
	-Q '-DELE in/other.gif' || true
browse() { in_ns cli timeout 30 lftp -c "set net:max-retries 1; set net:reconnect-interval-base 1; $*" >/dev/null 2>&1 || true; }
browse "set ftp:ssl-allow no; open 10.41.0.1; cd in; mkdir d; cd d; put $WORK/root/few; cat few; mput $WORK/root/*.gif; rm few;" \
	"mrm *; cd ..; rmdir d; ls; pwd"
browse "set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-allow-anonymous yes; open 10.41.0.1; ls; cat few"
# What clients do not send by themselves: several commands at once, small letters, one byte at a time, Telnet's interrupt.
in_ns cli "$PY" - <<-'EOF'
	import socket, time
	def talk(*parts):
	    s = socket.create_connection(('10.41.0.1', 21))
	    for part in parts:
	        s.sendall(part)
	        time.sleep(0.1)
	    s.settimeout(2)
	    while s.recv(4096):
	        pass
	talk(b'user ftp\r\n', b'pass me@here\r\n', b'dele few\r\ndele numbers.txt\r\npasv\r\nquit\r\n')
	talk(*(bytes([b]) for b in b'USER ftp\r\nPASS x\r\n'), b'\xff\xf4\xffABOR\r\n', b'XYZZY\r\n', b'QUIT\r\n')
EOF
stop_record
keep capture.pcap
