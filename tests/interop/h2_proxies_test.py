# SPDX-License-Identifier: MIT
"""HAProxy and nghttpx between a client and `taut serve`: WebSockets and requests over HTTP/2 to the
proxy, and over HTTP/2 or HTTP/1.1 from there."""

import concurrent.futures
import signal
import socket
import subprocess
import unittest

import proxy_peers
import taut
from proxy_peers import BACKENDS

import wire

DEFLATE = b"permessage-deflate"
MANY = 50


class Through:
    """All tests, for each proxy."""

    @classmethod
    def setUpClass(cls):
        if not cls.PROXY.PROGRAM:
            raise unittest.SkipTest(f"not installed: {cls.PROXY.__name__}")
        cls.files = cls.enterClassContext(taut.Files())

    def each(self, *arguments):
        """A server behind a proxy, for both ways to reach it."""
        for backend in BACKENDS:
            with (
                self.subTest(backend=backend),
                taut.Server("--echo", *arguments) as server,
                self.PROXY(server.port, backend, self.files) as proxy,
            ):
                yield proxy, server

    def connect(self, proxy, *arguments, code=0):
        process = taut.connect(proxy.url, "--cacert", self.files.certificate, *arguments)
        self.assertEqual(process.returncode, code, (process.stderr, proxy.log.read_text()))
        return process

    def closes(self, peer, code=1000):
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(code, b"bye")))
        self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(code)))
        peer.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(peer.read_end(), [])

    def echoes(self, peer, data, opcode=wire.BINARY):
        peer.send(peer.frame(opcode, data))
        self.assertEqual(peer.read_message()[:2], (opcode, data), f"{len(data)} bytes")

    def test_python_h2_echoes_every_size(self):
        for proxy, _ in self.each():
            for dial in (proxy.dial, proxy.dial_secure):
                connection = dial()
                self.addCleanup(connection.close)
                peer = connection.open()
                for size in taut.SIZES:
                    self.echoes(peer, taut.bytes_of(size))
                    self.echoes(peer, taut.text_of(size).encode(), wire.TEXT)
                self.echoes(peer, taut.bytes_of(1_000_000))
                self.closes(peer)

    def test_python_h2_echoes_every_size_compressed(self):
        for proxy, _ in self.each("--compress"):
            connection = proxy.dial()
            self.addCleanup(connection.close)
            peer = connection.open(DEFLATE)
            self.assertIn(DEFLATE, peer.agreed)
            deflate, inflate = wire.Deflater(), wire.Inflater()
            for size in taut.SIZES:
                data = taut.bytes_of(size)
                peer.send(peer.frame(wire.BINARY, deflate(data), rsv=4))
                opcode, payload, rsv = peer.read_message()
                self.assertEqual((opcode, rsv & 4 and inflate(payload) or payload),
                                 (wire.BINARY, data), f"{size} bytes")
            self.closes(peer)

    def test_taut_echoes_every_size(self):
        for proxy, _ in self.each("--compress"):
            for compress in ("off", "on", "no-takeover"):
                lines = [taut.text_of(size) for size in taut.SIZES if size]
                said = self.connect(
                    proxy, "--compress", compress, "-m", "",
                    *(word for line in lines for word in ("-m", line)),
                    "-n", str(len(taut.SIZES)),
                )  # fmt: skip
                self.assertEqual(said.stdout.decode(), "\n" + "".join(f"{x}\n" for x in lines))

    def test_taut_closes_with_its_own_code(self):
        for proxy, _ in self.each():
            said = self.connect(proxy, "--json", "-m", "x", "-n", "1",
                                "--close-code", "4321", "--close-reason", "enough")  # fmt: skip
            closed = taut.events(said)[-1]
            self.assertEqual(closed["code"], 4321, closed)

    def test_the_server_closes_in_order(self):
        for proxy, server in self.each():
            connection = proxy.dial()
            self.addCleanup(connection.close)
            peers = [connection.open() for _ in range(5)]
            client = subprocess.Popen(
                [taut.TAUT, "connect", proxy.url, "--cacert", self.files.certificate]
                + ["-m", "here", "--json", "--on-eof", "wait"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            self.addCleanup(client.kill)
            while b"here" not in (line := taut.line_of(client)):
                self.assertTrue(line)
            server.process.send_signal(signal.SIGTERM)
            for peer in peers:
                self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(1001)))
                peer.send(peer.frame(wire.CLOSE, wire.close_payload(1001)))
                peer.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(peer.read_end(), [])
            output, _ = client.communicate(timeout=taut.LIMIT)
            self.assertIn(b"1001", output.splitlines()[-1])
            self.assertEqual(server.process.wait(taut.LIMIT), 0)

    def test_requests_and_websockets_share_a_connection(self):
        for proxy, _ in self.each():
            connection = proxy.dial()
            self.addCleanup(connection.close)
            peer = connection.open()
            for _ in range(10):
                answer, stream = connection.get()
                self.echoes(peer, b"between")
                self.assertEqual((answer[b":status"], stream.body()), (b"200", b"ok\n"))
            answer, stream = connection.get(b"/")
            self.assertEqual(len(stream.body()), int(answer[b"content-length"]))
            answer, stream = connection.get(method=b"HEAD")
            self.assertEqual(stream.body(), b"")
            self.closes(peer)

    def test_many_websockets_echo_at_once(self):
        for proxy, _ in self.each("--no-ping"):
            connection = proxy.dial()
            self.addCleanup(connection.close)
            peers = [connection.open() for _ in range(MANY)]
            data = taut.bytes_of(100_000)
            with concurrent.futures.ThreadPoolExecutor(10) as pool:
                list(pool.map(lambda peer: [self.echoes(peer, data) for _ in range(3)], peers))
            for peer in peers:
                self.closes(peer)

    def test_a_client_that_goes_leaves_the_others(self):
        for proxy, _ in self.each():
            connection = proxy.dial()
            self.addCleanup(connection.close)
            peer, other = connection.open(), connection.open()
            peer.send(peer.frame(wire.TEXT, b"half", length=10))
            peer.sock.abort()
            lost = proxy.dial()
            lost.open()
            lost.close()
            self.echoes(other, b"still here")
            self.closes(other)


class ThroughHAProxy(Through, unittest.TestCase):
    PROXY = proxy_peers.HAProxy


class ThroughNghttpx(Through, unittest.TestCase):
    PROXY = proxy_peers.Nghttpx


if __name__ == "__main__":
    unittest.main(verbosity=2)
