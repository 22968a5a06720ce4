# SPDX-License-Identifier: MIT
"""A server of python3-websockets in a process of its own, to be killed and started again:

    restarted_server.py PORT answers|silent [CODE...]

It says on what port it listens, then every message that it receives, a line each. The first
connections are closed with these codes when their first message is there. Behind each Pong it sends
"pong", so that a client that has this also has that; a silent one answers no Pings."""

import asyncio
import contextlib
import sys

import websockets


async def main(port, manner, *codes):
    left = [int(code) for code in codes]

    class Protocol(websockets.WebSocketServerProtocol):
        async def pong(self, data=b""):
            if manner == "answers":
                await super().pong(data)
                await self.send("pong")

    async def listen_to(ws):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                print(await ws.recv(), flush=True)
                if left:
                    await ws.close(left.pop(0))

    server = await websockets.serve(
        listen_to, "127.0.0.1", int(port), create_protocol=Protocol, ping_interval=None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
