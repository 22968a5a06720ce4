# SPDX-License-Identifier: MIT
"""Cases of permessage-deflate (RFC 7692): (name, offer or answer, steps). `peer.deflate`
compresses in
our direction and `peer.inflate` reads the other."""

import os

from cases import expect_failure, shut
from wire import BINARY, CONT, PING, PONG, TEXT

RSV1 = 4
TEXTS = [
    b"",
    b"a",
    b"Hello",
    b"*" * 125,
    b"*" * 126,
    b"*" * 65535,
    b"*" * 65536,
    b"ab" * 100000,
    os.urandom(3000),
    "κόσμε ".encode() * 1000,
]


def read_back(peer):
    opcode, payload, rsv = peer.read_message()
    assert rsv in (0, RSV1), rsv
    return opcode, peer.inflate(payload) if rsv else payload


def echo(peer, opcode, data, compress=True, pieces=1):
    payload = peer.deflate(data) if compress else data
    step = max(1, -(-len(payload) // pieces))
    parts = [payload[i : i + step] for i in range(0, len(payload), step)] or [b""]
    peer.send(
        *[
            peer.frame(
                opcode if i == 0 else CONT,
                part,
                fin=i == len(parts) - 1,
                rsv=RSV1 if compress and i == 0 else 0,
            )
            for i, part in enumerate(parts)
        ]
    )
    got = read_back(peer)
    assert got == (opcode, data), (got[0], len(got[1]), got[1][:40])


def every_text(peer):
    for data in TEXTS:
        echo(peer, BINARY, data)
        echo(peer, BINARY, data)
    shut(peer)


def mixed(peer):
    for i in range(50):
        echo(peer, TEXT, b"message %d " % i * 20, compress=i % 2 == 0)
    shut(peer)


def fragmented(peer):
    for pieces in (2, 3, 10, 100):
        echo(peer, TEXT, b"some text that repeats itself " * 100, pieces=pieces)
    shut(peer)


def ping_between(peer):
    payload = peer.deflate(b"hello hello hello")
    peer.send(
        peer.frame(TEXT, payload[:3], fin=False, rsv=RSV1),
        peer.frame(PING, b"p"),
        peer.frame(CONT, payload[3:]),
    )
    assert peer.read() == (True, 0, PONG, b"p")
    assert read_back(peer) == (TEXT, b"hello hello hello")
    shut(peer)


def failing(code, make):
    def run(peer):
        peer.send(*make(peer))
        expect_failure(peer, code)

    return run


def bomb(peer):
    return [peer.frame(BINARY, peer.deflate(b"\0" * (1 << 22)), rsv=RSV1)]


def bomb_fragments(peer):
    data = peer.deflate(b"\0" * (1 << 22))
    return [
        peer.frame(
            BINARY if i == 0 else CONT, data[i : i + 1000], fin=False, rsv=RSV1 if i == 0 else 0
        )
        for i in range(0, len(data), 1000)
    ]


def over_by(extra):
    return lambda peer: [peer.frame(BINARY, peer.deflate(b"x" * ((1 << 20) + extra)), rsv=RSV1)]


def exact_limit(peer):
    echo(peer, BINARY, b"x" * ((1 << 20) - 1))
    echo(peer, BINARY, b"y" * (1 << 20))
    shut(peer)


def final_block(peer):
    # RFC 7692 section 7.2.3.4: a block with BFINAL set, here as a stored block, is legal.
    peer.send(peer.frame(TEXT, bytes.fromhex("f348cdc9c9070000"), rsv=RSV1))
    assert read_back(peer) == (TEXT, b"Hello")
    shut(peer)


def vectors(peer):
    """The examples of RFC 7692 section 7.2.3, without context takeover between them."""
    for payload in (
        "f248cdc9c90700",
        "000500faff48656c6c6f00",
        "f248050000 00ffffcac9c90700".replace(" ", ""),
    ):
        peer.send(peer.frame(TEXT, bytes.fromhex(payload), rsv=RSV1))
        assert read_back(peer) == (TEXT, b"Hello")
    shut(peer)


COMMON = [
    ("every size and content", every_text),
    ("compressed and plain in turn", mixed),
    ("fragments", fragmented),
    ("ping between fragments", ping_between),
    ("exactly the limit", exact_limit),
    ("the vectors of the RFC", vectors),
    ("a final block", final_block),
    ("a bomb", failing(1009, bomb)),
    ("a bomb in fragments", failing(1009, bomb_fragments)),
    ("one byte over the limit", failing(1009, over_by(1))),
    ("two bytes over the limit", failing(1009, over_by(2))),
    ("a window over the limit", failing(1009, over_by(32768))),
    ("garbage", failing(1007, lambda peer: [peer.frame(TEXT, b"\xff\xff\xff\xff", rsv=RSV1)])),
    (
        "a reference to before the window",
        failing(1007, lambda peer: [peer.frame(TEXT, bytes.fromhex("c2480100"), rsv=RSV1)]),
    ),
    (
        "text that is not UTF-8",
        failing(1007, lambda peer: [peer.frame(TEXT, peer.deflate(b"ok \xff"), rsv=RSV1)]),
    ),
    (
        "RSV1 on a continuation",
        failing(
            1002, lambda peer: [peer.frame(TEXT, b"a", fin=False), peer.frame(CONT, b"b", rsv=RSV1)]
        ),
    ),
    ("RSV1 on a ping", failing(1002, lambda peer: [peer.frame(PING, b"a", rsv=RSV1)])),
    ("RSV1 and RSV2", failing(1002, lambda peer: [peer.frame(TEXT, b"a", rsv=6)])),
]

# What is agreed, as it stands in the answer of the server, with the windows of each direction.
AGREEMENTS = [
    (b"permessage-deflate", 15, 15),
    (b"permessage-deflate; server_no_context_takeover", 15, 15),
    (b"permessage-deflate; client_no_context_takeover", 15, 15),
    (b"permessage-deflate; server_max_window_bits=9", 9, 15),
    (b"permessage-deflate; client_max_window_bits=9", 15, 9),
    (
        b"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        b"server_max_window_bits=10; "
        b"client_max_window_bits=11",
        10,
        11,
    ),
]
