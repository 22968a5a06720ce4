# SPDX-License-Identifier: MIT
"""Row L13: clients that come and are gone at every stage leave nothing behind in `taut serve`."""

import os
import socket
import ssl
import struct
import time
import unittest

from support import taut

ROUNDS = 200
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
# What a client has sent when it is gone: nothing, half a head, a handshake, half a frame, a whole
# message whose echo it does not read, a Close.
STAGES = [b"", REQUEST[:40], REQUEST, REQUEST + b"\x82\xfe\x40\x00", REQUEST + b"\x82\x80abcd",
          REQUEST + b"\x88\x80abcd"]


def connect(server):
    client = socket.create_connection(("127.0.0.1", server.port), taut.LIMIT)
    # Closing resets the connection: the worst way to go.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return client


class Churn(unittest.TestCase):
    def descriptors(self, server):
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    def resident(self, server):
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def echo(self, server, *arguments):
        process = taut.connect(server.url, "-m", "x", "-n", "1", *arguments)
        self.assertEqual(process.stdout, b"x\n", process.stderr)

    def expect_nothing_left(self, server, descriptors):
        give_up = time.monotonic() + taut.LIMIT
        while self.descriptors(server) > descriptors:
            self.assertLess(time.monotonic(), give_up, "connections that are gone are still held")

    def churn(self, server, come_and_go, *arguments):
        self.echo(server, *arguments)
        descriptors = self.descriptors(server)
        sizes = []
        for _ in range(2):
            for _ in range(ROUNDS):
                come_and_go()
            self.expect_nothing_left(server, descriptors)
            sizes.append(self.resident(server))
        if "asan" not in taut.TAUT and "tsan" not in taut.TAUT:
            self.assertLess(sizes[1] - sizes[0], 1024, "KiB for the second half alone")
        self.echo(server, *arguments)

    def test_l13_clients_that_reset_at_every_stage_leave_nothing(self):
        with taut.Server("--echo") as server:
            def come_and_go():
                for sent in STAGES:
                    with connect(server) as client:
                        client.sendall(sent)
            self.churn(server, come_and_go)

    def test_l13_clients_that_reset_in_the_middle_of_tls_leave_nothing(self):
        with taut.Files() as files, taut.Server("--echo", "--tls-cert", files.certificate,
                                                "--tls-key", files.key) as server:
            context = ssl.create_default_context(cafile=files.certificate)
            hello = self.client_hello(context)

            def come_and_go():
                for sent in (hello[:60], hello):
                    with connect(server) as client:
                        client.sendall(sent)
                with context.wrap_socket(connect(server), server_hostname="localhost") as client:
                    client.sendall(REQUEST)
            self.churn(server, come_and_go, "--cacert", files.certificate)

    def client_hello(self, context):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        return outgoing.read()


if __name__ == "__main__":
    unittest.main(verbosity=2)
