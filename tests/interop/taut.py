# SPDX-License-Identifier: MIT
"""Runs the real tool for the interop tests: a server on a port of its own choice, or a client."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "conformance"))  # wire.py, h2_wire.py
from certificate import make_certificate  # noqa: E402
from wire import CLOSE_CODES  # noqa: E402, F401

BIN = pathlib.Path(__file__).parents[2] / "build/release/bin"
TAUT = os.environ.get("TAUT", str(BIN / "taut"))
CLOSING_SERVER = os.environ.get("CLOSING_SERVER", str(BIN / "closing_server"))
RECONNECTING_CLIENT = os.environ.get("RECONNECTING_CLIENT", str(BIN / "reconnecting_client"))
HTTP2 = os.environ.get("TAUTLINE_HTTP2") != "OFF"  # whether it was built in
LIMIT = 60  # seconds for any one thing; a hang is a failure, not a wait


def needs(name, there):
    """Skips tests without this peer; tests/run.py tells ctest."""
    return unittest.skipUnless(there, f"not installed: {name}")


def needs_program(name):
    return needs(name, shutil.which(name))


needs_http2 = unittest.skipUnless(HTTP2, "built without HTTP/2")


def has_node(package):
    """node, with a package of package.json."""
    folder = pathlib.Path(__file__).parent / "node_modules" / package
    return shutil.which("node") and folder.exists()


# Every size at which the length of a frame changes its form, and one that needs a raised limit.
SIZES = [0, 1, 125, 126, 127, 65535, 65536]
LARGE = 16 * 1024 * 1024

# All four parameters of RFC 7692, alone and together.
DEFLATE = [
    {},
    {"server_no_context_takeover": True},
    {"client_no_context_takeover": True},
    {"server_max_window_bits": 9},
    {"client_max_window_bits": 10},
    {
        "server_no_context_takeover": True,
        "client_no_context_takeover": True,
        "server_max_window_bits": 12,
        "client_max_window_bits": 9,
    },
]


def text_of(size):
    """Text of exactly `size` bytes of UTF-8, with characters of every length where they fit."""
    piece = "aé€😀 tautline "
    encoded = (piece * (size // len(piece.encode()) + 1)).encode()[:size]
    while True:
        try:
            return encoded.decode() + "." * (size - len(encoded))
        except UnicodeDecodeError:
            encoded = encoded[:-1]


def bytes_of(size):
    block = bytes((i * 7 + i // 251) & 0xFF for i in range(4096))
    return (block * (size // 4096 + 1))[:size]


def line_of(process):
    """The next line that it says; one that says nothing is killed, so that there is an end."""
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    try:
        return process.stdout.readline()
    finally:
        limit.cancel()


def start(test, command, **options):
    """A peer whose output is text. The end of the test ends it."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
    test.addCleanup(process.communicate)
    test.addCleanup(process.kill)
    return process


class Server:
    """`taut serve`, as a context manager; `url` is what it said that it listens on."""

    def __init__(self, *arguments, stderr=subprocess.PIPE):
        self.command, self.stderr = [TAUT, "serve", "--port", "0", *arguments], stderr

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
        )
        line = line_of(self.process)
        match = re.fullmatch(r"listening on (\S+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"first line was {line!r}, then: {self.process.stderr.read()}")
        self.url = match[1]
        self.port = int(self.url.rsplit(":", 1)[1].rstrip("/"))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            said, complained = self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode == 0, f"the server ended with {self.process.returncode}"
        self.ends = said.splitlines()
        self.complaints = (complained or "").splitlines()


class ClosingServer(Server):
    """closing_server.cpp, with TLS if there are files. Once it has ended, `ends` has its lines."""

    def __init__(self, files=None, http="auto"):
        super().__init__()
        pair = [files.certificate, files.key] if files else []
        self.command = [CLOSING_SERVER, http, *pair]


def connect(url, *arguments, stdin=b""):
    """`taut connect`: the finished process with its output as bytes."""
    return subprocess.run(
        [TAUT, "connect", url, *arguments], input=stdin, capture_output=True, timeout=LIMIT
    )


def events(process):
    return [json.loads(line) for line in process.stdout.decode().splitlines()]


class Files:
    """A temporary folder with a certificate."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.certificate, self.key = make_certificate(self.folder.name)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()
