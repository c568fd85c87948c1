#!/usr/bin/env bash
# xmpp-prosody: openssl and a few lines of Python against Prosody: streams of clients and of servers, with TLS and without.
. "$(dirname "$0")/../lib.sh"
need prosody openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.44.0.2/24
addr srv eth0 10.44.0.1/24

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=chat.example 2>/dev/null
mkdir -p data
cat >prosody.cfg.lua <<-EOF
	data_path = "$WORK/data"
	modules_enabled = { "saslauth", "tls", "dialback", "disco", "roster", "register", "ping" }
	modules_disabled = { "posix" }
	run_as_root = true
	authentication = "anonymous"
	c2s_require_encryption = false
	s2s_require_encryption = false
	log = "$WORK/prosody.log"
	certificates = "$WORK"
	VirtualHost "chat.example"
	    ssl = { key = "$WORK/key.pem", certificate = "$WORK/cert.pem" }
EOF
chmod -R a+rX .
bg srv prosody --config "$WORK/prosody.cfg.lua" -F
wait_port srv tcp 5222

record cli eth0 capture.pcap
in_ns cli sh -c 'sleep 1 | timeout 10 openssl s_client -starttls xmpp -xmpphost chat.example -connect 10.44.0.1:5222' >/dev/null 2>&1 || true
in_ns cli sh -c 'sleep 1 | timeout 10 openssl s_client -starttls xmpp-server -xmpphost chat.example -connect 10.44.0.1:5269' >/dev/null 2>&1 || true
in_ns cli timeout 20 "$PY" - <<-'EOF'
	import socket, time
	stream = b"<?xml version='1.0'?><stream:stream to='chat.example' version='1.0' xmlns='jabber:client' " \
	         b"xmlns:stream='http://etherx.jabber.org/streams'>"
	def talk(*parts):
	    s = socket.create_connection(('10.44.0.1', 5222))
	    for part in parts:
	        s.sendall(part)
	        time.sleep(0.4)
	    s.close()
	talk(stream, b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", stream,
	     b"<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", b'<presence/>',
	     b"<message to='nobody@chat.example'><body>hello</body></message>", b'</stream:stream>')
	talk(stream, b' ', b'</stream:stream>')
EOF
stop_record
keep capture.pcap
