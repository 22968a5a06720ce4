# SPDX-License-Identifier: MIT
"""The cases of the conformance suite: (name, steps). A step is a function of a
peer that speaks frames.

Each case ends the connection itself, or expects the other side to. The same cases run
against server
and client; `peer.client` tells which part this side plays."""

import itertools
import os

from wire import BINARY, CLOSE, CLOSE_CODES, CONT, PING, PONG, TEXT, close_payload

SIZES = [
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    15,
    16,
    17,
    31,
    32,
    33,
    63,
    64,
    65,
    124,
    125,
    126,
    127,
    128,
    129,
    255,
    256,
    1000,
    4096,
    16383,
    16384,
    65534,
    65535,
    65536,
    65537,
    131072,
    1000000,
]

VALID_TEXT = [
    "",
    "a",
    "é",
    "€",
    "😀",
    "\u0000",
    "\u007f",
    "\u0080",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\ufffd",
    "\uffff",
    "\U00010000",
    "\U0010ffff",
    "κόσμε",
    "ascii then ünïcödé",
    "あいうえお" * 20,
    "a" * 15 + "é",
    "a" * 31 + "€",
    "a" * 63 + "😀",
    "\ufeffbom",
    "\u200b",
    "\U0001f468\u200d\U0001f469",
]

INVALID_TEXT = [
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc2",
    b"\xc2\x41",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xe2\x82",
    b"\xe2\x28\xa1",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x9f\x98",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xfe",
    b"\xff",
    b"a" * 15 + b"\xff",
    b"a" * 16 + b"\xff",
    b"a" * 31 + b"\xc0",
    b"a" * 32 + b"\xed\xa0\x80",
    b"a" * 63 + b"\xf4\x90",
    b"a" * 64 + b"\x80",
    "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
]

GOOD_CODES = [*CLOSE_CODES, 3500]
IN_ORDER = [b"", close_payload(1000), close_payload(1001)]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


def shut(peer, code=1000):
    """Our Close, and the other side's as the answer, and nothing after it."""
    peer.send(peer.frame(CLOSE, close_payload(code)))
    closed_with(peer, close_payload(code))
    finish(peer)


def finish(peer):
    """A server ends the stream by itself; a client waits for the server to, which we are."""
    if not peer.client:
        peer.sock.shutdown(1)
    rest = peer.read_end()
    assert rest == [], rest


def expect_failure(peer, code):
    """The other side fails the connection: a Close with `code`, then the end, and nothing else."""
    frames = peer.read_end()
    assert len(frames) == 1, frames
    fin, rsv, opcode, payload = frames[0]
    assert (fin, rsv, opcode) == (True, 0, CLOSE), frames
    assert int.from_bytes(payload[:2], "big") == code, frames
    payload[2:].decode()


def expect_echo(peer, opcode, payload):
    got = peer.read_message()
    assert got == (opcode, payload, 0), (
        got[0],
        len(got[1]),
        got[1][:40],
        "wanted",
        opcode,
        payload[:40],
    )


def case(*steps):
    def run(peer):
        for step in steps:
            step(peer)

    return run


def sends(*frames, chop=None):
    return lambda peer: peer.send(
        *(peer.frame(*f[:2], **(f[2] if len(f) > 2 else {})) for f in frames), chop=chop
    )


def echoes(opcode, payload):
    return lambda peer: expect_echo(peer, opcode, payload)


def pongs(payload):
    def check(peer):
        got = peer.read()
        assert got == (True, 0, PONG, payload), got

    return check


def fails(code):
    return lambda peer: expect_failure(peer, code)


def sizes():
    for size in SIZES:
        for opcode, name, data in (
            (TEXT, "text", b"*" * size),
            (BINARY, "binary", os.urandom(size)),
        ):
            yield f"{name} of {size} bytes", case(sends((opcode, data)), echoes(opcode, data), shut)
    for size, chop in ((125, 1), (300, 1), (300, 3), (70000, 997), (70000, 1460)):
        data = os.urandom(size)
        yield f"{size} bytes in pieces of {chop}", case(
            sends((BINARY, data), chop=chop), echoes(BINARY, data), shut
        )


def pings():
    for size in (0, 1, 64, 124, 125):
        data = os.urandom(size)
        yield f"ping of {size} bytes", case(sends((PING, data)), pongs(data), shut)
    yield "ping of 126 bytes", case(sends((PING, b"*" * 126)), fails(1002))
    yield "ping of 65536 bytes", case(sends((PING, b"*" * 65536)), fails(1002))
    yield "ping with the 16-bit form", case(sends((PING, b"*" * 5, {"form": 16})), fails(1002))
    yield "ping in single bytes", case(sends((PING, b"slow"), chop=1), pongs(b"slow"), shut)
    yield "unasked pong", case(sends((PONG, b"")), sends((PING, b"x")), pongs(b"x"), shut)
    yield "unasked pong with payload", case(
        sends((PONG, b"hi")), sends((PING, b"x")), pongs(b"x"), shut
    )
    yield "ten pings at once", case(
        sends(*[(PING, b"%d" % i) for i in range(10)]), *[pongs(b"%d" % i) for i in range(10)], shut
    )
    yield "fragmented ping", case(sends((PING, b"a", {"fin": False})), fails(1002))
    yield "fragmented pong", case(sends((PONG, b"a", {"fin": False})), fails(1002))


def reserved():
    for rsv in range(1, 8):
        for opcode in (TEXT, BINARY, CLOSE, PING, PONG):
            yield f"rsv {rsv} on opcode {opcode}", case(
                sends((opcode, b"", {"rsv": rsv})), fails(1002)
            )
    for rsv in range(1, 8):
        yield f"rsv {rsv} on a continuation", case(
            sends((TEXT, b"a", {"fin": False}), (CONT, b"b", {"rsv": rsv})), fails(1002)
        )
    for opcode, size in itertools.product((3, 4, 5, 6, 7, 11, 12, 13, 14, 15), (0, 1, 125)):
        yield f"opcode {opcode} with {size} bytes", case(sends((opcode, b"x" * size)), fails(1002))
    for opcode in (3, 11):
        yield f"opcode {opcode} after a message", case(
            sends((TEXT, b"first"), (opcode, b"x")), echoes(TEXT, b"first"), fails(1002)
        )


def lengths():
    for size in (0, 1, 125):
        yield f"{size} in the 16-bit form", case(
            sends((BINARY, b"x" * size, {"form": 16})), fails(1002)
        )
    for size in (0, 125, 126, 65535):
        yield f"{size} in the 64-bit form", case(
            sends((BINARY, b"x" * size, {"form": 64})), fails(1002)
        )
    for length in (1 << 63, (1 << 64) - 1):
        yield f"length {length:#x}", case(sends((BINARY, b"", {"length": length})), fails(1002))
    for length in ((1 << 63) - 1, 1 << 32, (1 << 31) + 1, 1 << 31, (1 << 31) - 1, 1 << 30):
        yield f"length {length:#x}", case(sends((BINARY, b"", {"length": length})), fails(1009))


def masking():
    def wrong(opcode, payload):
        return lambda peer: peer.send(peer.frame(opcode, payload, masked=not peer.client))

    for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
        yield f"wrong masking of opcode {opcode}", case(wrong(opcode, b""), fails(1002))
        if opcode != CLOSE:
            yield f"wrong masking of opcode {opcode} with payload", case(
                wrong(opcode, b"hello"), fails(1002)
            )


def fragments():
    for count, opcode in itertools.product((2, 3, 10, 1000), (TEXT, BINARY)):
        frames = [
            (opcode if i == 0 else CONT, b"%d," % i, {"fin": i == count - 1}) for i in range(count)
        ]
        whole = b"".join(f[1] for f in frames)
        yield f"opcode {opcode} in {count} fragments", case(
            sends(*frames), echoes(opcode, whole), shut
        )
    yield "empty fragments", case(
        sends((TEXT, b"", {"fin": False}), (CONT, b"", {"fin": False}), (CONT, b"")),
        echoes(TEXT, b""),
        shut,
    )
    yield "one full fragment among empty ones", case(
        sends((TEXT, b"", {"fin": False}), (CONT, b"middle", {"fin": False}), (CONT, b"")),
        echoes(TEXT, b"middle"),
        shut,
    )
    yield "ping between fragments", case(
        sends((TEXT, b"a", {"fin": False}), (PING, b"p"), (CONT, b"b")),
        pongs(b"p"),
        echoes(TEXT, b"ab"),
        shut,
    )
    yield "pings between fragments in single bytes", case(
        sends(
            (TEXT, b"a", {"fin": False}),
            (PING, b"p"),
            (CONT, b"b", {"fin": False}),
            (PING, b"q"),
            (CONT, b"c"),
            chop=1,
        ),
        pongs(b"p"),
        pongs(b"q"),
        echoes(TEXT, b"abc"),
        shut,
    )
    yield "pong between fragments", case(
        sends((BINARY, b"a", {"fin": False}), (PONG, b"p"), (CONT, b"b")),
        echoes(BINARY, b"ab"),
        shut,
    )
    yield "close between fragments", case(sends((TEXT, b"a", {"fin": False})), shut)
    for fin in (False, True):
        yield f"continuation first, fin {fin}", case(sends((CONT, b"a", {"fin": fin})), fails(1002))
        yield f"continuation after a whole message, fin {fin}", case(
            sends((TEXT, b"a"), (CONT, b"b", {"fin": fin})), echoes(TEXT, b"a"), fails(1002)
        )
        for opcode in (TEXT, BINARY):
            yield f"opcode {opcode} inside a message, fin {fin}", case(
                sends((TEXT, b"a", {"fin": False}), (opcode, b"b", {"fin": fin})), fails(1002)
            )


def utf8():
    for text in VALID_TEXT:
        data = text.encode()
        yield f"text {text[:8]!a}", case(sends((TEXT, data)), echoes(TEXT, data), shut)
        if len(data) > 1:
            frames = [
                (TEXT if i == 0 else CONT, data[i : i + 1], {"fin": i == len(data) - 1})
                for i in range(len(data))
            ]
            yield f"text {text[:8]!a} in fragments of a byte", case(
                sends(*frames), echoes(TEXT, data), shut
            )
    for data in INVALID_TEXT:
        yield f"not UTF-8: {data[-6:]!r} at {len(data)}", case(sends((TEXT, data)), fails(1007))
        frames = [
            (TEXT if i == 0 else CONT, data[i : i + 1], {"fin": i == len(data) - 1})
            for i in range(len(data))
        ]
        yield f"not UTF-8 in fragments: {data[-6:]!r} at {len(data)}", case(
            sends(*frames), fails(1007)
        )
        yield f"the same as binary: {data[-6:]!r} at {len(data)}", case(
            sends((BINARY, data)), echoes(BINARY, data), shut
        )
    # Fail fast: the rest of the message never comes.
    for data in (b"\xff", b"\xc0", b"\xed\xa0", b"\xf4\x90", b"ok then \xe0\x80"):
        yield f"fails at the bad byte of an open message: {data[-2:]!r}", case(
            sends((TEXT, data, {"fin": False})), fails(1007)
        )
        yield f"fails at the bad byte of an open frame: {data[-2:]!r}", case(
            sends((TEXT, data, {"length": len(data) + 100})), fails(1007)
        )


def closes():
    yield "close without a code", case(
        sends((CLOSE, b"")), lambda peer: closed_with(peer, b""), finish
    )
    for code in GOOD_CODES:
        yield f"close {code}", lambda peer, code=code: shut(peer, code)
        yield f"close {code} with a reason", case(
            sends((CLOSE, close_payload(code, "bye é".encode()))),
            lambda peer, code=code: closed_with_code(peer, code),
            finish,
        )
    for code in BAD_CODES:
        yield f"close {code}", case(sends((CLOSE, close_payload(code))), fails(1002))
        yield f"close {code} with a reason", case(
            sends((CLOSE, close_payload(code, b"x"))), fails(1002)
        )
    yield "close with one byte", case(sends((CLOSE, b"\x03")), fails(1002))
    yield "close with 125 bytes", case(
        sends((CLOSE, close_payload(1000, b"r" * 123))),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "close with 126 bytes", case(sends((CLOSE, close_payload(1000, b"r" * 124))), fails(1002))
    for reason in (b"\xff", b"\xc3", "κόσμε".encode() + b"\xed\xa0\x80"):
        yield f"close reason {reason[-3:]!r}", case(
            sends((CLOSE, close_payload(1000, reason))), fails(1007)
        )
    yield "message after close", case(
        sends((CLOSE, close_payload(1000)), (TEXT, b"late")),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "ping after close", case(
        sends((CLOSE, close_payload(1000)), (PING, b"late")),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "second close", case(
        sends((CLOSE, close_payload(1000)), (CLOSE, close_payload(1001))),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "garbage after close", case(
        sends((CLOSE, close_payload(1000)), (3, b"x" * 100000)),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "close in single bytes", case(
        sends((CLOSE, close_payload(1000, b"slow")), chop=1),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "message and close at once", case(
        sends((TEXT, b"last words"), (CLOSE, close_payload(1000))),
        echoes(TEXT, b"last words"),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )
    yield "large message and close at once", case(
        sends((BINARY, b"x" * 500000), (CLOSE, close_payload(1000))),
        echoes(BINARY, b"x" * 500000),
        lambda peer: closed_with_code(peer, 1000),
        finish,
    )


def closed_with(peer, payload):
    got = peer.read()
    assert got == (True, 0, CLOSE, payload), got
    peer.in_order = payload in IN_ORDER


def closed_with_code(peer, code):
    fin, rsv, opcode, payload = peer.read()
    assert (fin, rsv, opcode, payload[:2]) == (True, 0, CLOSE, close_payload(code)), (
        opcode,
        payload,
    )
    peer.in_order = payload[:2] in IN_ORDER


def limits():
    """With the limit of 1 MiB that both sides have by default."""
    mebi = 1 << 20
    yield "a message of the limit", case(
        sends((BINARY, b"x" * mebi)), echoes(BINARY, b"x" * mebi), shut
    )
    yield "a message over the limit", case(
        sends((BINARY, b"x" * 10, {"length": mebi + 1})), fails(1009)
    )
    yield "fragments over the limit", case(
        sends(*[(BINARY if i == 0 else CONT, b"x" * 65536, {"fin": False}) for i in range(17)]),
        fails(1009),
    )
    yield "endless empty fragments", case(
        sends(*[(TEXT if i == 0 else CONT, b"", {"fin": False}) for i in range(20000)]), fails(1008)
    )
    yield "endless fragments of a byte", case(
        sends(*[(TEXT if i == 0 else CONT, b"x", {"fin": False}) for i in range(20000)]),
        fails(1008),
    )
    yield "many small messages", case(
        sends(*[(TEXT, b"%d" % i) for i in range(5000)]),
        *[echoes(TEXT, b"%d" % i) for i in range(5000)],
        shut,
    )


def plain():
    for group in (sizes, pings, reserved, lengths, masking, fragments, utf8, closes, limits):
        for name, run in group():
            yield f"{group.__name__}: {name}", run
