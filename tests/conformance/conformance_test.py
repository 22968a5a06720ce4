# SPDX-License-Identifier: MIT
"""Runs every case against `taut serve` and `taut connect --echo`, for one engine.

    conformance_test.py server|server-h2|client|client-h2 [native|wslay] [part of a case's name]
"""

import concurrent.futures
import contextlib
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

# How `taut connect` may end where a case does not end in order: by a rule that we broke, by another
# code, by a limit.
EXIT_CODES = (7, 8, 11)


class Asked(Exception):
    """A case wants to see what came of its frames."""


def differs(check):
    """The frames of a case, and then `check` in place of what it expects."""

    def change(run):
        def play(peer):
            def read():
                raise Asked

            peer.read = read
            try:
                run(peer)
            except Asked:
                pass
            finally:
                del peer.read
            check(peer)

        return play

    return change


def ends_by(payload):
    """One Close with this payload, and the end."""

    def check(peer):
        got = peer.read()
        assert got == (True, 0, wire.CLOSE, payload), got
        peer.in_order = payload == wire.close_payload(1000)
        cases.finish(peer)

    return differs(check)


def ends_at_the_next_byte(payload):
    def check(peer):
        peer.send(b"x")
        got = peer.read()
        assert got == (True, 0, wire.CLOSE, payload), got
        cases.finish(peer)

    return differs(check)


# What the wslay engine does otherwise, why, and how: see docs/engines.md.
WSLAY_DIFFERS = [
    (
        "wslay knows the close codes of RFC 6455 only and refuses 1012 to 1014",
        ends_by(wire.close_payload(1002)),
        [
            "closes: close 1012",
            "closes: close 1012 with a reason",
            "closes: close 1013",
            "closes: close 1013 with a reason",
            "closes: close 1014",
            "closes: close 1014 with a reason",
        ],
    ),
    (
        "wslay answers a frame that it cannot read, and half a code, by a Close without a code",
        ends_by(b""),
        [
            "closes: close with 126 bytes",
            "closes: close with one byte",
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
    ),
    (
        "wslay queues its answer to a Close before we see the message that came with it",
        ends_by(wire.close_payload(1000)),
        [
            "closes: large message and close at once",
            "closes: message and close at once",
        ],
    ),
    (
        "wslay queues its Close before we see the message that came with the error",
        ends_by(wire.close_payload(1002)),
        [
            "fragments: continuation after a whole message, fin False",
            "fragments: continuation after a whole message, fin True",
            "reserved: opcode 11 after a message",
            "reserved: opcode 3 after a message",
        ],
    ),
    (
        "wslay judges a header when the first byte of its payload has come",
        ends_at_the_next_byte(wire.close_payload(1009)),
        [
            "lengths: length 0x100000000",
            "lengths: length 0x40000000",
            "lengths: length 0x7fffffff",
            "lengths: length 0x7fffffffffffffff",
            "lengths: length 0x80000000",
            "lengths: length 0x80000001",
        ],
    ),
]


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


def problem_of(process, expected, said):
    """How the program ended otherwise than expected: a hang, a crash, a report of a sanitizer."""
    try:
        code = process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        code = f"{process.wait()} as it went on for ever"
    said.seek(0)
    text = said.read()
    if code in expected and "Sanitizer" not in text and "runtime error" not in text:
        return None
    return f"{process.args[1]} ended with {code}:\n{text}"


class Target:
    def __init__(self, engine):
        self.engine = engine
        self.problems = []  # of no case but of all of them, once it has ended


class AgainstServer(Target):
    def __enter__(self):
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [TAUT, "serve", "--port", "0", "--echo", "--compress", "--engine", self.engine],
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        if problem := problem_of(self.process, [0], self.said):
            self.problems.append(problem)
        self.said.seek(0)
        cannot = "the engine wslay cannot compress" in self.said.read()
        if cannot != (self.engine == "wslay"):
            self.problems.append("who cannot compress says so")

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

    def open_plain(self):
        """Compression is offered, and declined."""
        peer = self.dial(b"permessage-deflate")
        assert peer.agreed == b"", peer.agreed
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
        if not self.connection.alive:
            self.problems.append("a case ended the whole connection")
        self.connection.close()
        super().__exit__()

    def dial(self, extensions=None):
        return self.connection.open(extensions)


@contextlib.contextmanager
def must_open(process):
    """Nobody waits for a program that did not come so far: it is killed, and shown."""
    try:
        yield
    except Exception as error:
        process.kill()
        process.wait()
        process.said.seek(0)
        raise AssertionError(f"not opened; it said:\n{process.said.read()}") from error


class AgainstClient(Target):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, url, *arguments):
        said = tempfile.TemporaryFile("w+")
        process = subprocess.Popen(
            [TAUT, "connect", "--echo", "--engine", self.engine, url, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        process.said = said
        return process

    def start(self, extensions=None):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = self.run(f"ws://127.0.0.1:{listener.getsockname()[1]}/")
            with must_open(process):
                peer = wire.accept_client(listener, extensions)
        peer.process = process
        return peer

    def open(self):
        return self.start()

    def open_deflate(self, agreement, server_bits, client_bits):
        peer = self.start(agreement)
        equip(peer, agreement, server_bits, client_bits)
        return peer

    def open_plain(self):
        """Compression is not offered."""
        peer = self.start()
        with must_open(peer.process):
            assert peer.offered == b"", peer.offered
        return peer

    def close(self, peer):
        peer.end()
        expected = [0] if peer.in_order else EXIT_CODES
        return problem_of(peer.process, expected, peer.process.said)


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
            with must_open(process):
                connection = listener.connection()
                peer = connection.accept(extra)
        peer.process, peer.connection = process, connection
        peer.offered = dict(peer.sock.headers).get(b"sec-websocket-extensions", b"")
        return peer

    def close(self, peer):
        problem = super().close(peer)
        peer.connection.close()
        return problem


SIDES = {
    "server": AgainstServer,
    "server-h2": AgainstServerByHttp2,
    "client": AgainstClient,
    "client-h2": AgainstClientByHttp2,
}


def all_cases(engine):
    changed = {}
    if engine == "wslay":
        changed = {name: change for _, change, names in WSLAY_DIFFERS for name in names}
        # It neither offers nor accepts permessage-deflate: the server is told --compress.
        yield "deflate: none", lambda target: target.open_plain(), cases.shut
    for name, run in cases.plain():
        yield name, lambda target: target.open(), changed.pop(name, lambda same: same)(run)
    assert not changed, f"there are no such cases: {list(changed)}"
    if engine == "wslay":
        return
    for agreement in deflate_cases.AGREEMENTS:
        for name, run in deflate_cases.COMMON:
            yield (
                f"deflate: {name} [{agreement[0].decode()[19:]}]",
                lambda target, agreement=agreement: target.open_deflate(*agreement),
                run,
            )


def run_case(target, opening, run):
    problems = []
    try:
        peer = opening(target)
        try:
            run(peer)
        finally:
            problems.append(target.close(peer))
    except Exception:  # whatever goes wrong is the case's result
        problems.append(traceback.format_exc(limit=3))
    return "\n".join(filter(None, problems))


def main(side, engine="native", part=""):
    if side.endswith("h2") and not h2_wire:
        return 77
    chosen = [c for c in all_cases(engine) if part in c[0]]
    failed = 0
    with SIDES[side](engine) as target, concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda c: run_case(target, c[1], c[2]), chosen))
    for (name, _, _), problem in zip(chosen, results):
        if problem:
            failed += 1
            print(f"FAILED {name}\n{problem}")
    for problem in target.problems:
        print(f"FAILED after all cases\n{problem}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or target.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
