# SPDX-License-Identifier: MIT
"""`taut` whose standard output or standard error nobody reads: it can be stopped all the same."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from raw_servers import RawServer
from support import taut

PIPE_BYTES = 4096


class Flooding(RawServer):
    """Sends messages until the client is gone."""

    def __init__(self):
        self.opened = threading.Event()

    def serve(self, client):
        self.opened.set()
        with self.draining(client), contextlib.suppress(OSError):
            while True:
                client.sendall((b"\x81\x7d" + b"x" * 125) * 100)


class Closing(RawServer):
    """Sends some messages and a Close."""

    def __init__(self):
        self.opened = threading.Event()

    def serve(self, client):
        self.opened.set()
        client.sendall(b"\x81\x01x" * 10 + b"\x88\x02\x03\xe8")
        client.recv(65536)


class Asking(RawServer):
    """Sends a Ping, and sets `answered` when its Pong has come."""

    def __init__(self):
        self.opened, self.answered = threading.Event(), threading.Event()

    def serve(self, client):
        self.opened.set()
        client.sendall(b"\x89\x00")
        seen = b""
        # Only the Pong is empty: the Pings of the client have a payload.
        while b"\x8a\x80" not in seen:
            more = client.recv(65536)
            if not more:
                return
            seen = seen[-1:] + more
        self.answered.set()
        while client.recv(65536):
            pass


def full_pipe():
    """A pipe that takes nothing more: reader and writer."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    os.write(writer, b"x" * PIPE_BYTES)
    return reader, writer


class Stuck(unittest.TestCase):
    def start(self, *words, stuck=("stdout", "stderr")):
        """With these streams stuck, and the other one away."""
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for name in stuck:
            reader, streams[name] = full_pipe()
            self.addCleanup(os.close, reader)
        process = subprocess.Popen([taut.TAUT, *words], stdin=subprocess.DEVNULL, **streams)
        for name in stuck:
            os.close(streams[name])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def connect(self, server, *words, **options):
        process = self.start("connect", server.url, "--on-eof", "wait", *words, **options)
        self.assertTrue(server.opened.wait(taut.LIMIT))
        return process

    def test_a_time_limit_ends_it(self):
        for words in ((), ("--json",), ("-v",)):
            with Flooding() as server:
                process = self.connect(server, "--timeout", "200ms", *words)
                self.assertEqual(process.wait(taut.LIMIT), 6)

    def test_a_time_limit_ends_it_when_only_the_output_is_missing(self):
        with Closing() as server:
            process = self.connect(server, "--timeout", "500ms")
            self.assertEqual(process.wait(taut.LIMIT), 6)

    def test_one_signal_ends_it(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with Flooding() as server:
                process = self.connect(server)
                process.send_signal(number)
                self.assertEqual(process.wait(taut.LIMIT), code)

    def test_one_signal_ends_it_when_only_the_output_is_missing(self):
        with Closing() as server:
            process = self.connect(server)
            server.thread.join(taut.LIMIT)  # the connection is closed
            process.send_signal(signal.SIGTERM)
            self.assertIn(process.wait(taut.LIMIT), (143, -signal.SIGTERM))

    def test_standard_error_holds_nothing_up(self):
        with Asking() as server:
            process = self.connect(server, "-v", "--ping", "1ms", stuck=["stderr"])
            self.assertTrue(server.answered.wait(taut.LIMIT))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(taut.LIMIT), 143)

    def test_a_server_serves_and_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as chosen:
            port = chosen.getsockname()[1]
        process = self.start("serve", "--tls-self-signed", "--access-log", "--port", str(port))
        self.assertTrue(self.answers(f"wss://127.0.0.1:{port}/"))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(taut.LIMIT), 0)

    @staticmethod
    def answers(url):
        """Whether a server comes up there."""
        give_up = time.monotonic() + taut.LIMIT
        while time.monotonic() < give_up:
            client = taut.connect(url, "-k", "-m", "x", "-n", "1")
            if client.stdout == b"x\n":
                return True
            time.sleep(0.02)
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
