# SPDX-License-Identifier: MIT
"""Frames by hand against `taut serve`: what HTTP/2 forbids, and what it allows too much of. Each
time a WebSocket on another connection must keep working, and memory must stay small."""

import re
import socket
import struct
import unittest

import hpack
import taut

import h2_wire
import wire
from h2_wire import CODES, head

DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 2, 3, 4, 6, 7, 8
CONTINUATION = 9
END_STREAM, END_HEADERS, PADDED = 1, 4, 8
MEMORY = 120 * 1024  # KiB that the server may ever have used


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    size = len(payload) if length is None else length
    return struct.pack("!I", size)[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


class Raw:
    """One connection: what is sent is not looked at, what comes is kept as frames."""

    def __init__(self, port, settings=b""):
        self.sock = socket.create_connection(("127.0.0.1", port), wire.TIMEOUT)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.buffer = b""
        self.authority = b"127.0.0.1:%d" % port
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, payload=settings))

    def send(self, *frames):
        """Whether it could be sent: the other side may have had enough."""
        try:
            self.sock.sendall(b"".join(frames))
            return True
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            return False

    def fields(self, *changes, without=()):
        fields = dict(head(b"CONNECT", b"/", self.authority))
        fields |= {b":protocol": b"websocket", b"sec-websocket-version": b"13", **dict(changes)}
        return [field for field in fields.items() if field[0] not in without]

    def connect(self, stream, fields=None):
        block = self.encoder.encode(fields or self.fields())
        return frame(HEADERS, END_HEADERS, stream, block)

    def frames(self):
        """(kind, flags, stream, payload) of each frame until the end; of HEADERS the fields."""
        try:
            while True:
                size, kind, flags, stream = struct.unpack("!IBBI", b"\0" + self.need(9))
                payload = self.need(size)
                # All of them: each may refer to those before.
                fields = dict(self.decoder.decode(payload)) if kind == HEADERS else None
                yield kind, flags, stream, payload if fields is None else fields
        except (EOFError, ConnectionResetError):
            return

    def need(self, size):
        while len(self.buffer) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def first(self, wanted, stream=None):
        for kind, _, number, payload in self.frames():
            if kind == wanted and stream in (None, number):
                return payload
        return None

    def ended(self):
        """Reads until the server ends; the code of its GOAWAY."""
        code = None
        for kind, _, _, payload in self.frames():
            if kind == GOAWAY:
                code = CODES(struct.unpack("!II", payload[:8])[1])
        return code


class Attack(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(taut.Server("--echo", "--no-ping"))
        self.bystander = wire.open_client(self.server.port)
        self.sibling = h2_wire.dial(self.server.port)
        self.addCleanup(self.sibling.close)
        self.other = self.sibling.open()
        self.raw = self.dial()

    def dial(self, settings=b""):
        raw = Raw(self.server.port, settings)
        self.addCleanup(raw.sock.close)
        return raw

    def tearDown(self):
        for peer in (self.bystander, self.other, wire.open_client(self.server.port)):
            peer.send(peer.frame(wire.TEXT, b"still here"))
            self.assertEqual(peer.read()[2:], (wire.TEXT, b"still here"))
            peer.end()
        status = open(f"/proc/{self.server.process.pid}/status").read()
        self.assertLess(int(re.search(r"VmHWM:\s*(\d+)", status)[1]), MEMORY)

    def ends_with(self, code):
        self.assertEqual(self.raw.ended(), code)

    def flood(self, burst, times, code=CODES.ENHANCE_YOUR_CALM):
        """Sends without reading a byte until the server has had enough, and says why."""
        for _ in range(times):
            if not self.raw.send(burst):
                break
        self.ends_with(code)

    def resets(self, stream, code):
        self.assertEqual(struct.unpack("!I", self.raw.first(RST, stream))[0], code)


class Heads(Attack):
    """X01: each harms its own stream at most."""

    def is_reset(self, fields, code=CODES.PROTOCOL_ERROR):
        self.raw.send(self.raw.connect(1, fields))
        self.resets(1, code)
        self.raw.send(self.raw.connect(3))
        self.assertEqual(self.raw.first(HEADERS, 3)[":status"], "200")

    def test_without_scheme(self):
        self.is_reset(self.raw.fields(without=[b":scheme"]))

    def test_without_path(self):
        self.is_reset(self.raw.fields(without=[b":path"]))

    def test_without_authority(self):
        self.is_reset(self.raw.fields(without=[b":authority"]))

    def test_with_a_protocol_and_another_method(self):
        self.is_reset(self.raw.fields((b":method", b"GET")))

    def test_with_an_unknown_pseudo_header(self):
        self.is_reset([(b":unknown", b"1"), *self.raw.fields()])

    def test_with_a_pseudo_header_twice(self):
        self.is_reset([(b":path", b"/x"), *self.raw.fields()])

    def test_with_a_pseudo_header_behind_the_others(self):
        fields = self.raw.fields()
        self.is_reset(fields[1:] + fields[:1])

    def test_with_fields_of_http_1_1(self):
        for field in (b"connection", b"upgrade", b"transfer-encoding", b"keep-alive"):
            with self.subTest(field):
                self.raw = self.dial()
                self.is_reset(self.raw.fields((field, b"websocket")))

    def test_with_upper_case_or_control_characters(self):
        for field in ((b"X-Upper", b"1"), (b"x-line", b"a\r\nb"), (b"x-nul", b"a\0b")):
            with self.subTest(field):
                self.raw = self.dial()
                self.is_reset(self.raw.fields(field))


class Rules(Attack):
    """What is an error of the whole connection."""

    def breaks(self, *cases):
        for code, *frames in cases:
            with self.subTest(frames[0].hex()):
                self.raw = self.dial()
                self.raw.send(self.raw.connect(1), *frames)
                self.ends_with(code)
                self.raw.sock.close()

    def setting(self, number, value):
        return frame(SETTINGS, payload=struct.pack("!HI", number, value))

    def test_of_settings(self):
        self.breaks(
            (CODES.PROTOCOL_ERROR, self.setting(8, 2)),
            (CODES.PROTOCOL_ERROR, self.setting(5, 0)),
            (CODES.PROTOCOL_ERROR, self.setting(5, 1 << 24)),
            (CODES.FLOW_CONTROL_ERROR, self.setting(4, 1 << 31)),
            (CODES.PROTOCOL_ERROR, self.setting(2, 2)),
            (CODES.FRAME_SIZE_ERROR, frame(SETTINGS, 1, payload=b"123456")),
            (CODES.FRAME_SIZE_ERROR, frame(SETTINGS, payload=b"12345")),
            (CODES.PROTOCOL_ERROR, frame(SETTINGS, stream=1)),
        )

    def test_of_frames(self):
        self.breaks(
            (CODES.FRAME_SIZE_ERROR, frame(DATA, stream=1, length=1 << 20)),
            (CODES.PROTOCOL_ERROR, frame(DATA, stream=0, payload=b"x")),
            (CODES.PROTOCOL_ERROR, frame(DATA, PADDED, 1, b"\xffx")),
            (CODES.PROTOCOL_ERROR, frame(WINDOW, payload=bytes(4))),
            (CODES.FLOW_CONTROL_ERROR, frame(WINDOW, payload=b"\x7f" + b"\xff" * 3)),
            (CODES.PROTOCOL_ERROR, frame(PING, stream=1, payload=bytes(8))),
            (CODES.FRAME_SIZE_ERROR, frame(PING, payload=bytes(7))),
            (CODES.FRAME_SIZE_ERROR, frame(RST, stream=1, payload=bytes(3))),
            (CODES.PROTOCOL_ERROR, frame(RST, stream=9, payload=bytes(4))),
            (CODES.PROTOCOL_ERROR, frame(CONTINUATION, END_HEADERS, 1)),
            (CODES.PROTOCOL_ERROR, frame(HEADERS, 0, 3), frame(PING, payload=bytes(8))),
            (CODES.PROTOCOL_ERROR, frame(HEADERS, END_HEADERS, 2, b"\x82")),
            (CODES.PROTOCOL_ERROR, frame(5, END_HEADERS, 1, b"\0\0\0\2\x82")),
            (CODES.COMPRESSION_ERROR, frame(HEADERS, END_HEADERS, 3, b"\xff\xff\xff\xff\xff\xff")),
            (CODES.COMPRESSION_ERROR, frame(HEADERS, END_HEADERS, 3, b"\x80")),
        )

    def test_of_windows(self):
        # Nobody reads the echo, so the server stops to read.
        self.raw = self.dial(struct.pack("!HI", 4, 0))
        message = wire.frame(wire.BINARY, bytes(16000))
        self.raw.send(self.raw.connect(1), *[frame(DATA, 0, 1, message)] * 200)
        self.resets(1, CODES.FLOW_CONTROL_ERROR)

    def test_a_preface_that_is_cut_off(self):
        for cut in (1, 3, 14, 23):
            sock = socket.create_connection(("127.0.0.1", self.server.port))
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[:cut])
            sock.close()

    def test_a_preface_without_settings(self):
        sock = socket.create_connection(("127.0.0.1", self.server.port), wire.TIMEOUT)
        sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(PING, payload=bytes(8)))
        self.raw.sock, self.raw.buffer = sock, b""
        self.ends_with(CODES.PROTOCOL_ERROR)


class Floods(Attack):
    def test_rapid_reset(self):  # CVE-2023-44487
        burst = []
        for stream in range(1, 20_001, 2):
            burst += [self.raw.connect(stream), frame(RST, 0, stream, struct.pack("!I", 8))]
        self.flood(b"".join(burst), 1)

    def test_resets_that_the_server_is_made_to_send(self):  # CVE-2025-8671
        burst = []
        for stream in range(1, 20_001, 2):
            burst += [self.raw.connect(stream), frame(WINDOW, 0, stream, b"\x7f\xff\xff\xff")]
        self.flood(b"".join(burst), 1)

    def test_windows_that_open_by_nothing(self):
        # RFC 9113 section 6.9: an error of the stream, which may be taken for one of all.
        self.raw.send(self.raw.connect(1))
        self.flood(frame(WINDOW, 0, 1, bytes(4)), 1, CODES.PROTOCOL_ERROR)

    def test_heads_that_are_refused(self):
        burst = []
        for stream in range(1, 40_001, 2):
            burst.append(self.raw.connect(stream, self.raw.fields(without=[b":path"])))
        self.flood(b"".join(burst), 1)

    def test_continuations(self):  # CVE-2024-28182
        self.raw.send(frame(HEADERS, 0, 1, self.raw.encoder.encode(self.raw.fields())))
        self.flood(frame(CONTINUATION, 0, 1) * 1000, 50)

    def test_continuations_with_fields(self):
        self.raw.send(frame(HEADERS, 0, 1, self.raw.encoder.encode(self.raw.fields())))
        field = b"\x00\x03x-a\x7f\x00" + b"a" * 127
        self.flood(frame(CONTINUATION, 0, 1, field * 100), 2000)

    def bomb(self, references):
        """The head of a request, and a small one, whole as well, that stands for many bytes."""
        large = [(b"x-bomb", b"b" * 4000)]
        fuse = self.raw.encoder.encode([*self.raw.fields(), *large])
        # Nothing else may enter the table: it would push out what is referred to.
        fields = [hpack.NeverIndexedHeaderTuple(*field) for field in self.raw.fields()]
        bomb = self.raw.encoder.encode(fields) + self.raw.encoder.encode(large) * references
        return frame(HEADERS, END_HEADERS, 1, fuse), bomb

    def test_a_bomb_of_references(self):
        calm = struct.pack("!I", CODES.ENHANCE_YOUR_CALM)
        for references, kind, answer in ((4, HEADERS, {":status": "431"}), (16000, RST, calm)):
            fuse, bomb = self.bomb(references)
            self.raw.send(fuse, frame(HEADERS, END_HEADERS, 3, bomb), self.raw.connect(5))
            self.assertEqual(self.raw.first(kind, 3), answer)
            self.raw = self.dial()

    def test_bombs_one_after_the_other(self):
        fuse, bomb = self.bomb(16000)
        bombs = [frame(HEADERS, END_HEADERS, stream, bomb) for stream in range(3, 10_003, 2)]
        self.flood(fuse + b"".join(bombs), 1)

    def test_pings(self):
        self.flood(frame(PING, payload=bytes(8)) * 1000, 200)

    def test_settings(self):
        self.flood(frame(SETTINGS) * 1000, 200)

    def test_settings_with_many_entries(self):
        payload = struct.pack("!HI", 0x4, 1000) * 2000
        self.flood(frame(SETTINGS, payload=payload), 1000)

    def test_priorities(self):
        self.flood(frame(PRIORITY, 0, 1, bytes(5)) * 1000, 200)

    def test_unknown_frames(self):
        # RFC 9113 section 5.5: skipped. They cost next to nothing, so any number may come.
        for _ in range(200):
            self.assertTrue(self.raw.send(frame(0xBE) * 1000))
        self.raw.send(self.raw.connect(1))
        self.assertEqual(self.raw.first(HEADERS, 1)[":status"], "200")

    def test_empty_data(self):
        self.raw.send(self.raw.connect(1))
        self.flood(frame(DATA, 0, 1) * 1000, 200)

    def test_messages_that_nobody_reads(self):
        shut = struct.pack("!HI", 4, 0)
        self.raw = self.dial(shut)
        message = wire.frame(wire.BINARY, bytes(1000))
        self.raw.send(*[self.raw.connect(stream) for stream in range(1, 200, 2)])
        for _ in range(60):  # as far as the window of a stream goes
            self.raw.send(*[frame(DATA, 0, stream, message) for stream in range(1, 200, 2)])

    def test_windows_that_open_by_one_byte(self):
        self.raw = self.dial(struct.pack("!HI", 4, 0))
        self.raw.send(self.raw.connect(1), frame(DATA, 0, 1, wire.frame(wire.TEXT, b"x" * 9000)))
        self.raw.send(*[frame(WINDOW, 0, 1, b"\0\0\0\1")] * 9004)
        got = b""
        for kind, _, _, payload in self.raw.frames():
            got += payload if kind == DATA else b""
            if len(got) == 9004:
                break
        self.assertEqual(got[4:], b"x" * 9000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
