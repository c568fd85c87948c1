"""Sends a picture to whoever calls, as DCC does."""

import socket
import struct

PICTURE = b"GIF89a" + bytes(range(256)) * 20

with socket.create_server(("10.42.0.1", 5000)) as server:
    peer, _ = server.accept()
    with peer:
        peer.sendall(PICTURE)
        got = 0
        while got < len(PICTURE):
            (got,) = struct.unpack(">I", peer.recv(4, socket.MSG_WAITALL))
