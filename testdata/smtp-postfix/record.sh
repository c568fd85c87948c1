#!/usr/bin/env bash
# smtp-postfix: swaks against Postfix; what swaks does not send (chunks, an empty envelope, nonsense) is sent by a few lines of Python.
. "$(dirname "$0")/../lib.sh"
need postfix postconf swaks openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.42.0.2/24 2001:db8:42::2/64
addr srv eth0 10.42.0.1/24 2001:db8:42::1/64

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=mx.example 2>/dev/null
mkdir -p conf spool data
chown postfix data
cat >conf/main.cf <<-EOF
	compatibility_level = 3.6
	queue_directory = $WORK/spool
	data_directory = $WORK/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = mx.example
	mydestination =
	mynetworks = 10.42.0.0/24 [2001:db8:42::]/64
	inet_interfaces = all
	smtpd_helo_required = yes
	smtpd_recipient_restrictions = check_recipient_access inline:{nobody@example.org=REJECT}, permit_mynetworks, reject
	default_transport = discard:
	relay_transport = discard:
	smtpd_tls_security_level = may
	smtpd_tls_cert_file = $WORK/cert.pem
	smtpd_tls_key_file = $WORK/key.pem
	maillog_file = /dev/stdout
	smtpd_forbid_unauth_pipelining = no
	smtpd_client_restrictions =
EOF
service() { printf '%s\t%s\t%s\t-\tn\t-\t%s\t%s\n' "$@"; }
{
	service smtp inet n - smtpd
	service 2525 inet n - smtpd
	service postlog unix-dgram n 1 postlogd
	service pickup unix n 1 pickup
	service cleanup unix n 0 cleanup
	service qmgr unix n 1 qmgr
	service tlsmgr unix - 1 tlsmgr
	service rewrite unix - - trivial-rewrite
	service bounce unix - 0 bounce
	service defer unix - 0 bounce
	service trace unix - 0 bounce
	service flush unix n 0 flush
	service anvil unix - 1 anvil
	service discard unix - - discard
	service error unix - - error
	service proxymap unix - - proxymap
	service showq unix n - showq
} >conf/master.cf
bg srv postfix -c "$WORK/conf" start-fg
wait_port srv tcp 25
wait_port srv tcp 2525

printf '\211PNG\r\n\032\n%s' "$(head -c 500 /dev/zero | tr '\0' p)" >picture.png
record cli eth0 capture.pcap
send() { in_ns cli timeout 20 swaks --silent 3 --from alice@example.com --helo client.example.com "$@" || true; }
send --server 10.42.0.1 --to bob@example.org
send --server 10.42.0.1 --to bob@example.org,carol@example.org --h-Subject 'Zwölf Boxkämpfer' \
	--body 'See the picture.' --attach-type image/png --attach-name picture.png --attach @picture.png
send --server 2001:db8:42::1 --to bob@example.org --add-header 'Cc: "Doe, J" <j@example.org>, x@example.org' \
	--add-header 'Received: from a.example (a.example [192.0.2.7]) by b.example; Mon, 1 Jan 2024 00:00:00 +0000' \
	--add-header 'X-Originating-IP: [192.0.2.9]' --add-header 'In-Reply-To: <1@example.org>' --h-X-Mailer 'a mailer'
send --server 10.42.0.1 --to nobody@example.org
send --server 10.42.0.1 --to nobody@example.org,bob@example.org --pipeline
send --server 10.42.0.1 --to bob@example.org --tls
send --server 10.42.0.1 --to bob@example.org --port 2525
send --server 10.42.0.1 --quit-after EHLO
send --server 10.42.0.1 --quit-after MAIL
in_ns cli "$PY" - <<-'EOF'
	import socket, time
	def talk(*parts):
	    s = socket.create_connection(('10.42.0.1', 25))
	    s.settimeout(1)
	    s.recv(4096)
	    try:
	        for part in (b'EHLO client.example.com\r\n', *parts, b'QUIT\r\n'):
	            s.sendall(part)
	            time.sleep(0.2)
	        while s.recv(4096):
	            pass
	    except OSError:
	        s.close()
	envelope = b'MAIL FROM:<a@example.com>\r\n', b'RCPT TO:<b@example.org>\r\n'
	mail = b'Subject: chunks\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/html; ' \
	       b'name=two.html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html>=3D two=\r\n lines\r\n--x--\r\n'
	talk(*envelope, b'BDAT %d LAST\r\n' % len(mail) + mail)
	talk(*envelope, b'BDAT 20\r\n' + mail[:20], b'BDAT %d\r\n' % (len(mail) - 20) + mail[20:], b'BDAT 0 LAST\r\n')
	talk(*envelope, b'BDAT x\r\n', b'BDAT 5 LATE\r\n')
	talk(b'MAIL FROM:<>\r\n', b'RSET\r\n', *envelope, b'DATA\r\n', b'Subject: dots\r\n\r\n..one\r\n.two\r\n.\r\n')
	talk(b'RCPT TO:<b@example.org>\r\n', b'DATA\r\n', b'NONSENSE\r\n', b'VRFY x\r\n')
	talk(b''.join((*envelope, b'DATA\r\n')), b'one\r\n.\r\n' + b''.join((*envelope, b'DATA\r\n')), b'two\r\n.\r\n')
	talk(*(bytes([b]) for b in b'NOOP\r\n'), *envelope, b'DATA\r\n', b'Subject: left\r\n\r\nand no end')
EOF
stop_record
keep capture.pcap
