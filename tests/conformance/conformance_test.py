# SPDX-License-Identifier: MIT
"""Runs every case against `taut serve` and `taut connect --echo`, for one engine.

    conformance_test.py server|server-h2|client|client-h2 [native|wslay] [part of a case's name]
"""

import concurrent.futures
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import traceback

import cases
import deflate_cases
import wire
from certificate import make_certificate

try:
    import h2_wire
except ImportError:
    h2_wire = None  # there is no python3-h2

TAUT = os.environ.get("TAUT", str(pathlib.Path(__file__).parents[2] / "build/release/bin/taut"))

# What the wslay engine does otherwise, and why: see proto/wslay/engine.hpp.
WSLAY_DIFFERS = {
    "wslay knows the close codes of RFC 6455 only and refuses 1012 to 1014": [
        "closes: close 1012",
        "closes: close 1012 with a reason",
        "closes: close 1013",
        "closes: close 1013 with a reason",
        "closes: close 1014",
        "closes: close 1014 with a reason",
    ],
    "wslay answers a frame that it cannot read by a Close without a code": [
        "closes: close with 126 bytes",
        "lengths: 0 in the 16-bit form",
        "lengths: 0 in the 64-bit form",
        "lengths: 1 in the 16-bit form",
        "lengths: 125 in the 16-bit form",
        "lengths: 125 in the 64-bit form",
        "lengths: 126 in the 64-bit form",
        "lengths: 65535 in the 64-bit form",
        "lengths: length 0x8000000000000000",
        "lengths: length 0xffffffffffffffff",
        "pings: fragmented ping",
        "pings: fragmented pong",
        "pings: ping of 126 bytes",
        "pings: ping of 65536 bytes",
        "pings: ping with the 16-bit form",
    ],
    "wslay answers a Close with half a code by an empty Close": [
        "closes: close with one byte",
    ],
    "wslay queues its Close before we see the message that came with it": [
        "closes: large message and close at once",
        "closes: message and close at once",
        "fragments: continuation after a whole message, fin False",
        "fragments: continuation after a whole message, fin True",
        "reserved: opcode 11 after a message",
        "reserved: opcode 3 after a message",
    ],
    "wslay judges a header when the first byte of its payload has come": [
        "lengths: length 0x100000000",
        "lengths: length 0x40000000",
        "lengths: length 0x7fffffff",
        "lengths: length 0x7fffffffffffffff",
        "lengths: length 0x80000000",
        "lengths: length 0x80000001",
    ],
}


class PerMessage:
    """Codec without context takeover: a new one for each message."""

    def __init__(self, make):
        self.make = make

    def __call__(self, payload):
        return self.make()(payload)


def equip(peer, agreement, server_bits, client_bits):
    """Gives the peer its codecs: the client's direction is ours when we are the client."""
    ours, theirs = (client_bits, server_bits) if peer.client else (server_bits, client_bits)
    us, them = (b"client", b"server") if peer.client else (b"server", b"client")
    deflate, inflate = (lambda: wire.Deflater(ours)), (lambda: wire.Inflater(theirs))
    peer.deflate = PerMessage(deflate) if us + b"_no_context_takeover" in agreement else deflate()
    peer.inflate = PerMessage(inflate) if them + b"_no_context_takeover" in agreement else inflate()


class AgainstServer:
    def __init__(self, engine):
        self.engine = engine

    def __enter__(self):
        self.process = subprocess.Popen(
            [TAUT, "serve", "--port", "0", "--echo", "--compress", "--engine", self.engine],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def dial(self, extensions=None):
        return wire.open_client(self.port, extensions)

    def open(self):
        return self.dial()

    def open_deflate(self, agreement, server_bits, client_bits):
        peer = self.dial(agreement)
        assert peer.agreed.startswith(b"permessage-deflate"), peer.agreed
        for parameter in agreement.split(b"; ")[1:]:
            assert parameter in peer.agreed, (agreement, peer.agreed)
        equip(peer, peer.agreed, server_bits, client_bits)
        return peer

    def close(self, peer):
        peer.end()


class AgainstServerByHttp2(AgainstServer):
    """All on streams of one connection, which outlives whatever they do."""

    def __enter__(self):
        super().__enter__()
        self.connection = h2_wire.dial(self.port)
        return self

    def __exit__(self, *_):
        assert self.connection.alive, "a case ended the whole connection"
        self.connection.close()
        super().__exit__()

    def dial(self, extensions=None):
        return self.connection.open(extensions)


class AgainstClient:
    def __init__(self, engine):
        self.engine = engine

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, url, *arguments):
        return subprocess.Popen(
            [TAUT, "connect", "--echo", "--engine", self.engine, url, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self, extensions=None):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = self.run(f"ws://127.0.0.1:{listener.getsockname()[1]}/")
            peer = wire.accept_client(listener, extensions)
        peer.process = process
        return peer

    def open(self):
        return self.start()

    def open_deflate(self, agreement, server_bits, client_bits):
        peer = self.start(agreement)
        equip(peer, agreement, server_bits, client_bits)
        return peer

    def close(self, peer):
        peer.end()
        peer.process.wait(30)


class AgainstClientByHttp2(AgainstClient):
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.files = make_certificate(self.folder.name)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def start(self, extensions=None):
        extra = [(b"sec-websocket-extensions", extensions)] if extensions else []
        with h2_wire.Listener(*self.files, "h2") as listener:
            process = self.run(listener.url, "--cacert", self.files[0])
            connection = listener.connection()
        peer = connection.accept(extra)
        peer.process, peer.connection = process, connection
        return peer

    def close(self, peer):
        peer.end()
        peer.process.wait(30)
        peer.connection.close()


SIDES = {
    "server": AgainstServer,
    "server-h2": AgainstServerByHttp2,
    "client": AgainstClient,
    "client-h2": AgainstClientByHttp2,
}


def all_cases(engine):
    for name, run in cases.plain():
        yield name, lambda target: target.open(), run
    if engine != "native":
        return  # the wslay engine neither offers nor accepts permessage-deflate
    for agreement in deflate_cases.AGREEMENTS:
        for name, run in deflate_cases.COMMON:
            yield (
                f"deflate: {name} [{agreement[0].decode()[19:]}]",
                lambda target, agreement=agreement: target.open_deflate(*agreement),
                run,
            )


def run_case(target, opening, run):
    peer = None
    try:
        peer = opening(target)
        run(peer)
        return None
    except Exception:  # whatever goes wrong is the case's result
        return traceback.format_exc(limit=3)
    finally:
        if peer is not None:
            target.close(peer)


def main(side, engine="native", part=""):
    if side.endswith("h2") and not h2_wire:
        return 77
    chosen = [c for c in all_cases(engine) if part in c[0]]
    failed = 0
    with SIDES[side](engine) as target, concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda c: run_case(target, c[1], c[2]), chosen))
    for (name, _, _), problem in zip(chosen, results):
        differs = engine == "wslay" and any(name in names for names in WSLAY_DIFFERS.values())
        if problem and not differs:
            failed += 1
            print(f"FAILED {name}\n{problem}")
        elif differs and not problem:
            failed += 1
            print(f"PASSED although listed as different: {name}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
