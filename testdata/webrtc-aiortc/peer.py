"""One side of a call: peer.py offer|answer. Descriptions go through files."""

import asyncio
import os
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

role = sys.argv[1]


def say(name, text):
    with open(name + ".tmp", "w") as file:
        file.write(text)
    os.rename(name + ".tmp", name)


async def hear(name):
    while not os.path.exists(name):
        await asyncio.sleep(0.05)
    with open(name) as file:
        return file.read()


async def main():
    peer = RTCPeerConnection()
    if role == "offer":
        peer.addTrack(AudioStreamTrack())
        peer.createDataChannel("text")
        await peer.setLocalDescription(await peer.createOffer())
        say("offer.sdp", peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(await hear("answer.sdp"), "answer"))
    else:
        await peer.setRemoteDescription(RTCSessionDescription(await hear("offer.sdp"), "offer"))
        peer.addTrack(AudioStreamTrack())
        await peer.setLocalDescription(await peer.createAnswer())
        say("answer.sdp", peer.localDescription.sdp)
    await asyncio.sleep(4)
    await peer.close()


asyncio.run(main())
