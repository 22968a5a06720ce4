# SPDX-License-Identifier: MIT
"""python3-websockets as client of `taut serve` and as server of `taut connect`."""

import asyncio
import queue
import ssl
import tempfile
import unittest

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)

import taut
from closing import REASON, ClientCloses, ServerCloses


def client_extension(parameters):
    return [
        ClientPerMessageDeflateFactory(
            server_no_context_takeover=parameters.get("server_no_context_takeover", False),
            client_no_context_takeover=parameters.get("client_no_context_takeover", False),
            server_max_window_bits=parameters.get("server_max_window_bits"),
            client_max_window_bits=parameters.get("client_max_window_bits", True),
        )
    ]


def server_extension(parameters):
    return [
        ServerPerMessageDeflateFactory(
            server_no_context_takeover=parameters.get("server_no_context_takeover", False),
            client_no_context_takeover=parameters.get("client_no_context_takeover", False),
            server_max_window_bits=parameters.get("server_max_window_bits"),
            client_max_window_bits=parameters.get("client_max_window_bits"),
        )
    ]


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, taut.LIMIT))


class PythonClient(ClientCloses, unittest.TestCase):
    """Each test starts `taut serve` and talks to it."""

    def options(self, parameters=None, files=None):
        trust = None
        if files:
            trust = ssl.create_default_context(cafile=files.certificate)
        return {
            "compression": None,
            "extensions": client_extension(parameters) if parameters is not None else None,
            "max_size": None,
            "ping_interval": None,
            "ssl": trust,
        }

    async def echoes(self, ws, sizes):
        for size in sizes:
            for message in (taut.text_of(size), taut.bytes_of(size)):
                await ws.send(message)
                self.assertEqual(await ws.recv(), message, f"{type(message)} of {size} bytes")

    async def fragments(self, ws):
        async def pieces():
            for piece in ("Hé", "", "llo ", "😀" * 1000):
                yield piece
                await ws.ping()  # a control frame inside a fragmented message

        await ws.send(pieces())
        self.assertEqual(await ws.recv(), "Héllo " + "😀" * 1000)
        pong = await ws.ping(b"after")
        await pong

    async def talk(self, url, sizes, **options):
        async with websockets.connect(url, **options) as ws:
            await self.echoes(ws, sizes)
            await self.fragments(ws)

    def test_echoes_every_size_plain(self):
        with taut.Server("--echo", "--max-message", "32M") as server:
            run(self.talk(server.url, taut.SIZES + [taut.LARGE], **self.options()))

    def test_echoes_every_size_over_tls(self):
        with taut.Files() as files, taut.Server(
            "--echo",
            "--max-message",
            "32M",
            "--tls-cert",
            files.certificate,
            "--tls-key",
            files.key,
        ) as server:
            self.assertTrue(server.url.startswith("wss://"))
            run(self.talk(server.url, taut.SIZES + [taut.LARGE], **self.options(files=files)))

    def test_echoes_with_every_parameter_of_permessage_deflate(self):
        for parameters in taut.DEFLATE:
            with self.subTest(parameters), taut.Server(
                "--echo", "--compress", "--max-message", "32M"
            ) as server:

                async def check():
                    async with websockets.connect(server.url, **self.options(parameters)) as ws:
                        self.assertEqual([e.name for e in ws.extensions], ["permessage-deflate"])
                        await self.echoes(ws, taut.SIZES * 2 + [taut.LARGE])
                        await self.fragments(ws)

                run(check())

    def test_echoes_every_size_around_what_the_fast_compressor_takes(self):
        fresh = {"server_no_context_takeover": True, "client_no_context_takeover": True}
        with taut.Server("--echo", "--compress") as server:

            async def check():
                async with websockets.connect(server.url, **self.options(fresh)) as ws:
                    await self.echoes(ws, [*range(2001), *range(8190, 8195)])

            run(check())

    def test_serves_compressed_messages_over_tls(self):
        with taut.Files() as files, taut.Server(
            "--echo",
            "--compress",
            "--tls-cert",
            files.certificate,
            "--tls-key",
            files.key,
            "--max-message",
            "32M",
        ) as server:
            run(self.talk(server.url, taut.SIZES + [taut.LARGE], **self.options({}, files)))

    def visit(self, server, visits, files):
        async def end(path, code):
            url = server.url.rstrip("/") + path
            ws = await websockets.connect(url, **self.options(files=files))
            if path.startswith("/echo/"):
                await ws.send("x")
                self.assertEqual(await ws.recv(), "x")
            await (ws.close(code, REASON) if code else ws.wait_closed())
            return [ws.close_code, ws.close_reason, bool(ws.close_sent and ws.close_rcvd)]

        async def ends():
            return [await end(path, code) for path, code in visits]

        return run(ends())

    def test_refuses_a_message_over_the_limit_with_1009(self):
        with taut.Server("--echo", "--max-message", "1000") as server:

            async def check():
                async with websockets.connect(server.url, **self.options()) as ws:
                    await self.echoes(ws, [1000])
                    await ws.send(b"x" * 1001)
                    with self.assertRaises(websockets.ConnectionClosed):
                        await ws.recv()
                    self.assertEqual(ws.close_code, 1009)

            run(check())


class PythonServer(ServerCloses, unittest.TestCase):
    """Each test serves with python and runs `taut connect` against it."""

    async def serve(self, handler, client, parameters=None, files=None, subprotocols=None):
        trust = None
        if files:
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trust.load_cert_chain(files.certificate, files.key)
        async with websockets.serve(
            handler,
            "127.0.0.1",
            0,
            compression=None,
            max_size=None,
            ping_interval=None,
            ssl=trust,
            subprotocols=subprotocols,
            extensions=server_extension(parameters) if parameters is not None else None,
        ) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"{'wss' if files else 'ws'}://127.0.0.1:{port}/"
            return await asyncio.get_running_loop().run_in_executor(None, client, url)

    @staticmethod
    async def echo(ws):
        async for message in ws:
            await ws.send(message)

    def send_file(self, content, binary, *arguments):
        def client(url):
            with tempfile.NamedTemporaryFile() as file:
                file.write(content)
                file.flush()
                kind = ["--binary"] if binary else []
                return taut.connect(
                    url, "-f", file.name, *kind, "-n", "1", "--max-message", "32M", *arguments
                )

        return client

    def check_sizes(self, parameters=None, files=None, *arguments, large=True):
        for size in taut.SIZES + ([taut.LARGE] if large else []):
            for binary in (False, True):
                with self.subTest(size=size, binary=binary):
                    content = taut.bytes_of(size) if binary else taut.text_of(size).encode()
                    process = run(
                        self.serve(
                            self.echo,
                            self.send_file(content, binary, *arguments),
                            parameters,
                            files,
                        )
                    )
                    self.assertEqual(process.returncode, 0, process.stderr)
                    self.assertEqual(process.stdout, content if binary else content + b"\n")

    def test_sends_and_receives_every_size_plain(self):
        self.check_sizes()

    def test_sends_and_receives_every_size_over_tls(self):
        with taut.Files() as files:
            self.check_sizes(None, files, "--cacert", files.certificate)

    def test_sends_and_receives_every_size_compressed_over_tls(self):
        with taut.Files() as files:
            self.check_sizes({}, files, "--cacert", files.certificate, "--compress")

    def test_sends_and_receives_with_every_parameter_of_permessage_deflate(self):
        for parameters in taut.DEFLATE:
            with self.subTest(parameters):
                self.check_sizes(parameters, None, "--compress", large=parameters == {})

    def test_pipes_many_lines_and_loses_none(self):
        lines = b"".join(b"line %d\n" % i for i in range(5000))
        # This server answers nothing more once it has read a Close: so wait for the echoes first.
        arguments = ["-n", "5000", "--on-eof", "wait"]
        process = run(self.serve(self.echo, lambda url: taut.connect(url, *arguments, stdin=lines)))
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stdout, lines)

    def check_closes(self, files, *words):
        lines = queue.Queue()

        async def handler(ws):
            if code := ws.path.removeprefix("/"):
                await ws.close(int(code), REASON)
            else:
                await ws.wait_closed()
                lines.put(f"closed {ws.close_code} {ws.close_reason}\n")

        def client(url):
            self.check_told(lambda code: [f"{url}{code}"], *words)
            self.check_heard(url, lambda: lines.get(timeout=taut.LIMIT), *words)

        run(self.serve(handler, client, files=files))

    def test_tells_and_hears_every_close_code(self):
        self.check_closes(None)

    def test_tells_and_hears_every_close_code_over_tls(self):
        with taut.Files() as files:
            self.check_closes(files, "--cacert", files.certificate)

    def test_receives_fragments_with_pings_between(self):
        async def handler(ws):
            async def pieces():
                for piece in ("Hé", "llo", " wörld"):
                    yield piece
                    await ws.ping()

            await ws.send(pieces())
            await (await ws.ping(b"after"))
            await ws.close()

        process = run(self.serve(handler, lambda url: taut.connect(url, "--on-eof", "wait")))
        self.assertEqual(
            (process.returncode, process.stdout), (0, "Héllo wörld\n".encode()), process.stderr
        )

    def test_agrees_on_a_subprotocol(self):
        async def handler(ws):
            await ws.send(ws.subprotocol or "none")

        process = run(
            self.serve(
                handler,
                lambda url: taut.connect(url, "-s", "graphql", "-s", "json", "-n", "1"),
                subprotocols=["json"],
            )
        )
        self.assertEqual(process.stdout, b"json\n", process.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
