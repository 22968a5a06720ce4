# SPDX-License-Identifier: MIT
"""Servers of one client each, for what no library would do: they write their bytes themselves."""

import contextlib
import fcntl
import socket
import struct
import termios
import threading
import time

from support import taut
from wire import CLOSE, PING, PONG, accept_client


class RawServer:
    """Runs `serve` with its one client on a thread."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()

    def run(self):
        client = self.accept()
        with client, contextlib.suppress(OSError):
            client.settimeout(taut.LIMIT)
            self.serve(client)

    def accept(self):
        """The client, whose WebSocket is open."""
        return accept_client(self.listener).sock

    @staticmethod
    @contextlib.contextmanager
    def draining(client):
        """What the client sends meanwhile is read away, and behind it until its end."""

        def drain():
            with contextlib.suppress(OSError):
                while client.recv(65536):
                    pass

        thread = threading.Thread(target=drain)
        thread.start()
        try:
            yield
        finally:
            thread.join()


class Pinging(RawServer):
    """Sends `count` Pings and a Close as fast as it can."""

    def __init__(self, count):
        self.count = count

    def serve(self, client):
        with self.draining(client):
            pings = (b"\x89\x7d" + b"x" * 125) * 1000
            for _ in range(self.count // 1000):
                client.sendall(pings)
            client.sendall(b"\x88\x02\x03\xe8")


class Unread(RawServer):
    """Sends Pings while it reads nothing of a large message, then reads all; `pongs` are the
    answers."""

    def accept(self):
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.peer = accept_client(self.listener)
        return self.peer.sock

    def serve(self, client):
        self.pongs = []
        self.wait_until_no_more_comes(client)
        for number in range(6):
            client.sendall(self.peer.frame(PING, b"%d" % number))
        opcode = None
        while opcode != CLOSE:
            _, _, opcode, payload = self.peer.read()
            if opcode == PONG:
                self.pongs.append(payload)
        client.sendall(self.peer.frame(CLOSE, payload))
        client.recv(1)

    @staticmethod
    def wait_until_no_more_comes(client):
        before, now = -1, 0
        while now == 0 or now != before:
            time.sleep(0.1)
            before = now
            now = int.from_bytes(fcntl.ioctl(client, termios.FIONREAD, bytes(4)), "little")


class Deaf(RawServer):
    """Sends a message, so that -n 1 is done, and never says a word after it; or hangs up when it is
    spoken to."""

    def __init__(self, hangs_up=False):
        self.hangs_up = hangs_up

    def serve(self, client):
        client.sendall(b"\x81\x01x")
        while client.recv(4096) and not self.hangs_up:
            pass


class Rude(RawServer):
    """Answers a request with these bytes, and resets the connection when there are none."""

    def __init__(self, answer):
        self.answer = answer

    def accept(self):
        return self.listener.accept()[0]

    def serve(self, client):
        client.recv(65536)
        if self.answer:
            client.sendall(self.answer)
        else:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
