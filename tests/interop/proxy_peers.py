# SPDX-License-Identifier: MIT
"""HAProxy and nghttpx in front of a server, each started for a test on ports of its own."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

import taut

import h2_wire
import wire

BACKENDS = ("h2", "http/1.1")
STARTS = 5  # another program may take the ports between the choice and the start


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    return found


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


class Proxy:
    """In front of a server on `target`, to which it speaks `backend`: over TLS with HTTP/2 and
    HTTP/1.1 (`secure`), and by prior knowledge (`clear`)."""

    def __init__(self, target, backend, files):
        self.target, self.backend, self.files = target, backend, files

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "log"
        for _ in range(STARTS):
            self.secure, self.clear = free_ports(2)
            with open(self.log, "wb") as log:
                self.process = subprocess.Popen(
                    self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            if self.answers():
                self.url = f"wss://localhost:{self.secure}/"
                return self
            self.stop()
        raise AssertionError(self.log.read_text())

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def stop(self):
        self.process.kill()
        self.process.wait(taut.LIMIT)

    def answers(self):
        """Whether it comes to listen on both ports."""
        end = time.monotonic() + taut.LIMIT
        for port in (self.secure, self.clear):
            while True:
                if self.process.poll() is not None or time.monotonic() > end:
                    return False
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.02)  # nothing says when it listens
        return True

    def dial(self, **options):
        return h2_wire.dial(self.clear, **options)

    def dial_secure(self):
        """HTTP/2 over TLS."""
        context = ssl.create_default_context(cafile=self.files.certificate)
        context.set_alpn_protocols(["h2"])
        sock = socket.create_connection(("127.0.0.1", self.secure), wire.TIMEOUT)
        sock = context.wrap_socket(sock, server_hostname="localhost")
        assert sock.selected_alpn_protocol() == "h2"
        connection = h2_wire.Connection(sock)
        connection.wait(lambda: connection.settled or not connection.alive)
        return connection


class HAProxy(Proxy):
    """Up to 2.9 it stops reading a whole connection while one stream's buffer is full, and can so
    wait for itself when streams are full both ways: no stream's window may exceed its buffer."""

    PROGRAM = program("haproxy")

    def command(self):
        folder = pathlib.Path(self.folder.name)
        both = pathlib.Path(self.files.certificate).read_text()
        both += pathlib.Path(self.files.key).read_text()
        (folder / "both.pem").write_text(both)
        speaks = "proto h2" if self.backend == "h2" else ""
        (folder / "config").write_text(
            f"""
global
    maxconn 4000
    tune.bufsize 32768
    tune.h2.initial-window-size 16384
defaults
    mode http
    timeout connect 30s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend all
    bind 127.0.0.1:{self.secure} ssl crt {folder}/both.pem alpn h2,http/1.1
    bind 127.0.0.1:{self.clear} proto h2
    default_backend taut
backend taut
    server taut 127.0.0.1:{self.target} {speaks}
"""
        )
        return [self.PROGRAM, "-db", "-f", str(folder / "config")]


class Nghttpx(Proxy):
    PROGRAM = program("nghttpx")

    def command(self):
        speaks = "h2" if self.backend == "h2" else "http/1.1"
        return [
            self.PROGRAM,
            "--conf=/dev/null",
            "--errorlog-file=/dev/stderr",
            "--workers=1",
            "--no-ocsp",
            f"--frontend=127.0.0.1,{self.secure}",
            f"--frontend=127.0.0.1,{self.clear};no-tls",
            f"--backend=127.0.0.1,{self.target};;proto={speaks}",
            self.files.key,
            self.files.certificate,
        ]
