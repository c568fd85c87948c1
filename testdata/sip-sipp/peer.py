"""Messages that sipp's own calls do not have: `peer.py ADDRESS` answers on port 25060, `peer.py ADDRESS SERVER` asks there."""

import socket
import sys
import time


def request(method, number, more="", body=""):
    return (
        f"{method} sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.34.0.2:25061;branch=z9hG4bK{number}\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.9; branch=z9hG4bKb{number}\r\nFrom: Alice <sip:alice@example.test>;tag=a{number}\r\n"
        f"To: Bob <sip:bob@example.test>\r\nCall-ID: call{number}@10.34.0.2\r\nCSeq: {number} {method}\r\nUser-Agent: peer\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n{body}"
    ).encode()


def response(status, asked, more="", body=""):
    lines = [line for line in asked.decode().split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
    return ("\r\n".join([f"SIP/2.0 {status}", *lines, f"Content-Length: {len(body)}"]) + f"\r\n{more}\r\n{body}").encode()


def server(s):
    statuses = {b"REGISTER": ["401 Unauthorized"], b"INVITE": ["100 Trying", "486 Busy Here"], b"MESSAGE": ["202 Accepted"]}
    while True:
        asked, peer = s.recvfrom(4096)
        for status in statuses.get(asked.split(b" ")[0], []):
            s.sendto(response(status, asked, "Warning: 399 example.test told\r\n"), peer)


def client(s, to):
    def send(message):
        s.sendto(message, (to, 25060))
        time.sleep(0.2)

    send(request("REGISTER", 1, "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"))
    send(request("INVITE", 2, "Subject: lunch\r\nReply-To: <sip:desk@example.test>\r\nContent-Type: application/sdp\r\n", "v=0\r\n"))
    send(request("ACK", 2))
    send(request("MESSAGE", 3, "Content-Type: text/plain\r\n", "hello"))
    send(request("OPTIONS", 4))
    send(b"\r\n")
    send(b"\r\n\r\n")


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 25060 if len(sys.argv) == 2 else 25061))
if len(sys.argv) == 2:
    server(s)
else:
    client(s, sys.argv[2])
