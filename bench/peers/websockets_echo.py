#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""python3-websockets as an echo server: asyncio, one process."""
import argparse
import asyncio
import socket
import ssl

import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

MAX_MESSAGE_BYTES = 4 * 1024 * 1024


async def echo(connection):
    connection.transport.get_extra_info("socket").setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async for message in connection:
        await connection.send(message)


async def serve(arguments):
    context = None
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)
    factory = ServerPerMessageDeflateFactory(
        compress_settings={"level": arguments.level, "memLevel": arguments.memory})
    extensions = [factory] if arguments.deflate else None
    async with websockets.serve(echo, "127.0.0.1", 0, ssl=context, compression=None,
                                extensions=extensions, max_size=MAX_MESSAGE_BYTES,
                                backlog=4096) as server:
        print("listening", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--deflate", action="store_true")
    parser.add_argument("--level", type=int, default=6)
    parser.add_argument("--memory", type=int, default=8)
    parser.add_argument("--ping", type=int, default=20)
    asyncio.run(serve(parser.parse_args()))
