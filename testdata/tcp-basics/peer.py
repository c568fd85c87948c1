#!/usr/bin/python3
"""Sessions of tcp-basics: peer.py server | client. Every case has its own port; the client runs them one after another."""
import socket, struct, sys, threading, time

SRV, SRV6, CLI = "10.6.0.1", "2001:db8:6::1", "10.6.0.2"
RST = struct.pack("ii", 1, 0)


def listen(port, rcvbuf=None, backlog=5, host=SRV):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.bind((host, port))
    s.listen(backlog)
    return s


def serve(port, fn, **kw):
    s = listen(port, **kw)

    def loop():
        while True:
            c, _ = s.accept()
            threading.Thread(target=fn, args=(c,), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()


def all_of(c):
    n = 0
    while b := c.recv(65536):
        n += len(b)
    return n


def echo(c):
    while b := c.recv(4096):
        c.sendall(b)
    c.close()


def server_first(c):
    c.sendall(b"hello, this is the server\r\n")
    all_of(c)
    c.close()


def server_resets(c):
    c.recv(100)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    c.close()


def answer_after_fin(c):
    n = all_of(c)
    time.sleep(0.2)
    c.sendall(b"you sent %d bytes, then closed\n" % n)
    c.close()


def server_closes_first(c):
    c.sendall(b"bye\n")
    c.shutdown(socket.SHUT_WR)
    all_of(c)
    c.close()


def slow_reader(c):
    time.sleep(1.0)
    all_of(c)
    c.close()


def close_with_unread_data(c):
    time.sleep(0.1)
    c.close()


def at(c):
    """Waits for the next quarter second of the clock, so that both ends act at the same time."""
    t = time.time()
    time.sleep(0.25 - t % 0.25)


def simultaneous_close(c):
    c.recv(100)
    at(c)
    c.shutdown(socket.SHUT_WR)
    all_of(c)
    c.close()


def simultaneous_data(c):
    c.recv(100)
    at(c)
    c.sendall(b"from the server at the same time\n")
    all_of(c)
    c.close()


def hold(c):
    time.sleep(60)


def urgent(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    all_of(c)
    c.close()


def connect(port, lport=0, reuse=False, host=SRV, timeout=5):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    s.settimeout(timeout)
    if reuse:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if lport:
        s.bind(("" if ":" in host else CLI, lport))
    s.connect((host, port))
    return s


def server():
    serve(5001, echo)
    serve(5001, echo, host=SRV6)
    serve(5002, server_first)
    serve(5003, server_resets)
    serve(5004, answer_after_fin)
    serve(5005, server_closes_first)
    serve(5006, slow_reader, rcvbuf=4096)
    serve(5007, close_with_unread_data)
    serve(5008, simultaneous_close)
    serve(5009, simultaneous_data)
    serve(5010, hold)
    serve(5011, urgent)
    serve(5012, echo)
    full = listen(5015, backlog=0)  # never accepts
    time.sleep(600)
    full.close()


def client():
    def say(s, data=b"some data\n"):
        s.sendall(data)
        return s.recv(4096)

    # echo and normal close, IPv4 and IPv6
    for host in (SRV, SRV6):
        s = connect(5001, host=host)
        say(s)
        say(s, b"x" * 3000)
        s.close()
    # connect and close without data
    connect(5001).close()
    # the server speaks first
    s = connect(5002)
    s.recv(100)
    s.sendall(b"hello yourself\r\n")
    s.close()
    # reset by the server; reset by the client
    s = connect(5003)
    s.sendall(b"reset me\n")
    try:
        s.recv(10)
    except ConnectionResetError:
        pass
    s.close()
    s = connect(5001)
    say(s)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    s.close()
    # reset right after the handshake
    s = connect(5001)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    s.close()
    # half-closed: the client is done, the server answers later
    s = connect(5004)
    s.sendall(b"all I have to say")
    s.shutdown(socket.SHUT_WR)
    all_of(s)
    s.close()
    # half-closed the other way
    s = connect(5005)
    s.recv(100)
    time.sleep(0.1)
    s.sendall(b"data after the server's FIN\n")
    time.sleep(0.1)
    s.close()
    # refused, IPv4 and IPv6
    for host in (SRV, SRV6):
        try:
            connect(5999, host=host)
        except ConnectionRefusedError:
            pass
    # dropped: no answer; rejected by a firewall with ICMP
    for port in (5013, 5014):
        try:
            connect(port, timeout=3.5)
        except OSError:
            pass
    # slow reader: the window closes, probes follow
    s = connect(5006, timeout=20)
    s.sendall(b"z" * 40000)
    s.shutdown(socket.SHUT_WR)
    all_of(s)
    s.close()
    # the server closes with unread data: RST
    s = connect(5007)
    s.sendall(b"nobody reads this")
    time.sleep(0.3)
    try:
        s.sendall(b"nor this")
        s.close()
    except OSError:
        pass
    # FIN from both sides at once, data from both sides at once
    for i in range(3):
        s = connect(5008)
        s.sendall(b"go")
        at(s)
        s.shutdown(socket.SHUT_WR)
        all_of(s)
        s.close()
    s = connect(5009)
    s.sendall(b"go")
    at(s)
    s.sendall(b"from the client at the same time\n")
    time.sleep(0.1)
    s.close()
    # keep-alives on an idle connection, which then goes on
    s = connect(5001)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    say(s)
    time.sleep(3.5)
    say(s, b"still here\n")
    s.close()
    # urgent data
    s = connect(5011)
    s.sendall(b"normal")
    s.send(b"!", socket.MSG_OOB)
    s.sendall(b"normal again")
    time.sleep(0.1)
    s.close()
    # the same ports again: after a reset, and after a normal close while the client is in TIME_WAIT
    for _ in range(2):
        s = connect(5012, 40001, reuse=True)
        say(s)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        s.close()
        time.sleep(0.05)
    s = connect(5012, 40002, reuse=True)
    say(s)
    s.close()
    time.sleep(1.3)
    s = connect(5012, 40002, reuse=True)
    say(s, b"second use\n")
    s.close()
    # a full backlog: SYN repeated, no answer
    keep = []
    for _ in range(3):
        try:
            keep.append(connect(5015, timeout=1.5))
        except OSError:
            pass
    # many small segments, no delay
    s = connect(5001)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(20):
        s.sendall(b"%d\n" % i)
        time.sleep(0.005)
    time.sleep(0.1)
    s.close()
    # left open at the end: with data, without data, half-closed by the client
    keep += [connect(5010), connect(5010), connect(5010)]
    keep[-1].sendall(b"left open\n")
    keep[-2].sendall(b"left half-closed\n")
    keep[-2].shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    print("done", flush=True)
    time.sleep(60)


{"server": server, "client": client}[sys.argv[1]]()
