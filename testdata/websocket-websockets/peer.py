"""A server and a client of WebSocket by websockets: `peer.py server ADDRESS`, `peer.py client IPV4 IPV6`."""

import asyncio
import socket
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve


async def answer(connection):
    async for message in connection:
        if message == b"GET /inside HTTP/1.1\r\nHost: inner.example.test\r\n\r\n":
            message = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\ninside"
        await connection.send(message)


async def wrong(reader, writer):
    """Agrees to whatever is asked, with an answer that belongs to another key."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: none\r\n\r\n")
    writer.write(bytes.fromhex("810568656c6c6f") + bytes.fromhex("8000"))
    await writer.drain()
    await asyncio.sleep(0.3)
    writer.close()


async def server(address):
    async with serve(answer, address, 8080, select_subprotocol=lambda _, offered: offered[0] if offered else None):
        await asyncio.start_server(wrong, address, 80)
        await asyncio.Event().wait()


async def talk(url, messages, **options):
    async with connect(url, **options) as connection:
        for message in messages:
            await connection.send(message)
            await connection.recv()
        await (await connection.ping())


async def client(v4, v6):
    pieces = ["one ", "two ", "three"]
    await talk(f"ws://{v4}:8080/chat?room=1", ["hello", b"\x00\x01", "x" * 300, "y" * 70000], compression=None)
    await talk(f"ws://{v4}:8080/deflated", ["hello " * 50], subprotocols=["chat", "other"], user_agent_header="agent/1")
    await talk(f"ws://[{v6}]:8080/pieces", [pieces], compression=None)
    get = b"GET /inside HTTP/1.1\r\nHost: inner.example.test\r\n\r\n"
    await talk(f"ws://{v4}:8080/tunnel", [get], subprotocols=["tunnel"], compression=None)
    s = socket.create_connection((v4, 80))
    s.sendall(b"GET /wrong HTTP/1.1\r\nHost: w\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    while s.recv(4096):
        pass
    s.close()


asyncio.run(client(*sys.argv[2:]) if sys.argv[1] == "client" else server(sys.argv[2]))
