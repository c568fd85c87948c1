"""A call on one connection, and its media: media.py OWN [PEER]. The one without a peer is called."""

import socket
import struct
import sys
import time

own = sys.argv[1]
peer = sys.argv[2] if len(sys.argv) > 2 else None
PORTS = (8000, 8002, 8010) if peer is None else (9000, 9002, 9010)


def sdp():
    sound, secure, shared = PORTS
    return (
        f"v=0\r\no=- 1 1 IN IP4 {own}\r\ns=-\r\nc=IN IP4 {own}\r\nt=0 0\r\n"
        f"m=audio {sound} RTP/AVP 8\r\n"
        f"m=audio {secure} RTP/SAVP 8\r\n"
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw\r\n"
        f"m=video {shared} RTP/AVPF 96\r\na=rtcp-mux\r\n"
    )


def message(first, body="", more=""):
    head = (
        f"{first}\r\nVia: SIP/2.0/TCP {own}:25060;branch=z9hG4bK1\r\nFrom: <sip:a@10.50.0.2>;tag=1\r\n"
        f"To: <sip:b@10.50.0.1>;tag=2\r\nCall-ID: hand\r\n{more}"
    )
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def send_media(to, ports):
    for here, there in zip(PORTS, ports):
        for offset in (0, 1):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((own, here + offset))
                for number in range(3):
                    if offset == 0:
                        sock.sendto(struct.pack("!BBHII", 0x80, 8, number, number * 160, 7) + b"\xd5" * 160, (to, there))
                    if offset == 1 and here % 10 == 0 and here != PORTS[2] or offset == 0 and here == PORTS[2]:
                        sock.sendto(struct.pack("!BBHI", 0x80, 201, 1, 7), (to, there + offset))
                    time.sleep(0.01)


if peer is None:
    with socket.create_server((own, 25060)) as server:
        talk, _ = server.accept()
        talk.recv(65536)
        talk.sendall(message("SIP/2.0 100 Trying", more="CSeq: 1 INVITE\r\n"))
        time.sleep(0.1)
        talk.sendall(message("SIP/2.0 200 OK", sdp(), "CSeq: 1 INVITE\r\n"))
        talk.recv(65536)
        send_media("10.50.0.2", (9000, 9002, 9010))
        time.sleep(0.5)
        talk.sendall(message("BYE sip:a@10.50.0.2 SIP/2.0", more="CSeq: 9 BYE\r\n"))
        talk.recv(65536)
else:
    with socket.create_connection((peer, 25060)) as talk:
        talk.sendall(b"\r\n\r\n" + message("INVITE sip:b@10.50.0.1 SIP/2.0", sdp(), "CSeq: 1 INVITE\r\nSubject: two\r\n lines\r\n"))
        talk.recv(65536)
        talk.recv(65536)
        talk.sendall(message("ACK sip:b@10.50.0.1 SIP/2.0", more="CSeq: 1 ACK\r\n") + b"\r\n\r\n")
        send_media(peer, (8000, 8002, 8010))
        talk.recv(65536)
        talk.sendall(message("SIP/2.0 200 OK", more="CSeq: 9 BYE\r\n"))
        time.sleep(0.2)
