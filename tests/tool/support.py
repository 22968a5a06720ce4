# SPDX-License-Identifier: MIT
"""What the tests of the tool share: the interop tests' runner, and a server made of a handler."""

import asyncio
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "interop"))

import taut  # noqa: E402
import websockets  # noqa: E402

__all__ = ["HandlerServer", "echo", "taut"]


async def echo(ws):
    async for message in ws:
        await ws.send(message)


class HandlerServer:
    """Serves with python3-websockets on a thread; `handler` is what happens on each connection."""

    def __init__(self, handler, **options):
        self.handler = handler
        self.options = {"compression": None, "ping_interval": None, "max_size": None, **options}

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(self.start())
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/"
        return self

    async def start(self):
        return await websockets.serve(self.handler, "127.0.0.1", 0, **self.options)

    def __exit__(self, *_):
        async def stop():
            self.server.close()
            await self.server.wait_closed()
        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(taut.LIMIT)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
