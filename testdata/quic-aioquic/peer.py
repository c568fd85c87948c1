"""Servers and clients of QUIC by aioquic: `peer.py server|retry ADDRESS PORT`, `peer.py client IPV4 IPV6`."""

import asyncio
import ssl
import sys

from aioquic.asyncio import connect, serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicProtocolVersion as Version


async def server(address, port, retry):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3", "hq-interop", "doq"])
    configuration.load_cert_chain("cert.pem", "key.pem")

    def stream(reader, writer):
        async def echo():
            writer.write(await reader.read())
            writer.write_eof()

        asyncio.ensure_future(echo())

    await serve(address, port, configuration=configuration, stream_handler=stream, retry=retry)
    await asyncio.Event().wait()


async def ask(address, port, alpn=("h3",), size=3000, name="www.example.test", versions=None):
    configuration = QuicConfiguration(alpn_protocols=list(alpn), server_name=name, verify_mode=ssl.CERT_NONE)
    configuration.idle_timeout = 2
    if versions:
        configuration.original_version, configuration.supported_versions = versions[0], versions[1:]
    try:
        async with asyncio.timeout(4):
            async with connect(address, port, configuration=configuration) as client:
                reader, writer = await client.create_stream()
                writer.write(b"x" * size)
                writer.write_eof()
                await reader.read()
    except (ConnectionError, TimeoutError) as error:
        print(alpn, error)


async def client(v4, v6):
    v1, v2 = Version.VERSION_1, Version.VERSION_2
    await ask(v4, 443)
    await ask(v6, 443, alpn=("hq-interop",), size=20000)
    await ask(v4, 443, versions=(v2, v2))
    # Both know version 2, and the server would like it better.
    await ask(v4, 443, versions=(v1, v2, v1))
    # A version that nobody knows: the server names those that it does.
    await ask(v4, 443, versions=(0x1A2A3A4A, 0x1A2A3A4A, v1))
    await ask(v4, 853, alpn=("doq",), name="dns.example.test")
    # The names of protocols take more than a datagram.
    await ask(v4, 443, alpn=["h3"] + [f"made-up-protocol-number-{n}" for n in range(70)])
    # Nobody is there.
    await ask(v4, 784)


if sys.argv[1] == "client":
    asyncio.run(client(*sys.argv[2:]))
else:
    asyncio.run(server(sys.argv[2], int(sys.argv[3]), sys.argv[1] == "retry"))
