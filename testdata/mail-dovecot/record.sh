#!/usr/bin/env bash
# mail-dovecot: curl, Python's clients and openssl against Dovecot: POP3 and IMAP, with and without TLS.
. "$(dirname "$0")/../lib.sh"
need dovecot curl openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.43.0.2/24 2001:db8:43::2/64
addr srv eth0 10.43.0.1/24 2001:db8:43::1/64

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=mail.example 2>/dev/null
mkdir -p run state mail/alice/cur mail/alice/new mail/alice/tmp
printf 'From: b@example.org\r\nTo: alice@example.com\r\nSubject: plain\r\n\r\nA text.\r\n.with a dot\r\n' >mail/alice/new/1.x
{
	printf 'From: b@example.org\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nA text.\r\n--x\r\n'
	printf 'Content-Type: image/gif; name=p.gif\r\nContent-Transfer-Encoding: base64\r\n\r\n'
	printf 'GIF89a%s' "$(head -c 90 /dev/zero | tr '\0' x)" | base64 | sed 's/$/\r/'
	printf '\r\n--x--\r\n'
} >mail/alice/new/2.x
chown -R nobody:nogroup mail
cat >dovecot.conf <<-EOF
	base_dir = $WORK/run
	state_dir = $WORK/state
	log_path = $WORK/dovecot.log
	protocols = imap pop3
	listen = *, ::
	disable_plaintext_auth = no
	auth_mechanisms = plain login
	mail_location = maildir:$WORK/mail/%u
	first_valid_uid = 1
	ssl = yes
	ssl_cert = <$WORK/cert.pem
	ssl_key = <$WORK/key.pem
	passdb {
	  driver = static
	  args = password=secret
	}
	userdb {
	  driver = static
	  args = uid=nobody gid=nogroup home=$WORK/mail/%u
	}
EOF
bg srv dovecot -F -c "$WORK/dovecot.conf"
for port in 110 143; do wait_port srv tcp $port; done

record cli eth0 capture.pcap
fetch() { in_ns cli timeout 20 curl -sS --max-time 15 -o /dev/null "$@" || true; }
in_ns cli timeout 30 "$PY" - <<-'EOF'
	import imaplib, poplib, socket, time
	p = poplib.POP3('10.43.0.1')
	p.capa(), p.user('alice'), p.pass_('secret'), p.stat(), p.list(), p.list(1), p.uidl()
	p.retr(1), p.retr(2), p.top(2, 1), p.noop(), p.dele(1), p.rset(), p.quit()
	p = poplib.POP3('10.43.0.1')
	try:
	    p.user('alice'), p.pass_('wrong')
	except poplib.error_proto:
	    p.quit()
	s = socket.create_connection(('10.43.0.1', 110))
	for part in b'USER alice\r\nPASS secret\r\nRETR 1\r\nRETR 2\r\n', b'UTF8\r\n', b'QUIT\r\n':
	    s.sendall(part)
	    time.sleep(0.3)
	i = imaplib.IMAP4('10.43.0.1')
	i.login('alice', 'secret'), i.list(), i.select(), i.fetch('1', '(RFC822)'), i.fetch('2', '(FLAGS)'), i.logout()
	s = socket.create_connection(('10.43.0.1', 143))
	for part in b'a capability\r\n', b'b login alice secret\r\n', b'c logout\r\n':
	    s.sendall(part)
	    time.sleep(0.3)
EOF
fetch -u alice:secret pop3://10.43.0.1/1
fetch -u alice:secret --login-options AUTH=PLAIN 'pop3://[2001:db8:43::1]/2'
fetch -u alice:secret -k --ssl-reqd pop3://10.43.0.1/
fetch -u alice:secret imap://10.43.0.1/INBOX -X 'NOOP'
fetch -u alice:secret -k --ssl-reqd 'imap://[2001:db8:43::1]/INBOX;UID=1'
fetch -u alice:secret -k pop3s://10.43.0.1/
fetch -u alice:secret -k imaps://10.43.0.1/
stop_record
keep capture.pcap
