# SPDX-License-Identifier: MIT
"""A python3-h2 peer, at either end, that does with the stream of a WebSocket what few peers do:
what RFC 9113 and RFC 8441 allow is taken, and what they forbid costs no more than they say."""

import socket
import struct
import unittest

import h2_dial_test
import taut
from h2_attacks_test import DATA, END_HEADERS, END_STREAM, HEADERS, RST, SETTINGS, WINDOW
from h2_attacks_test import Attack, frame

import h2_wire
import wire
from h2_wire import CODES

ABNORMAL, REFUSED = h2_dial_test.ABNORMAL, h2_dial_test.REFUSED
INITIAL_WINDOW = h2_dial_test.INITIAL_WINDOW
PRIORITY_UPDATE, ALTSVC, ORIGIN, UNKNOWN = 0x10, 0xA, 0xC, 0xBE

# RFC 9113 section 5.5 and 6.5.2: who does not know them ignores them.
STRANGE = [
    frame(UNKNOWN, 0xFF, 0, b"x" * 100),
    frame(UNKNOWN, 0xFF, 1, b"x" * 100),
    frame(UNKNOWN, 0, 99),
    frame(SETTINGS, payload=struct.pack("!HIHI", 0x77, 1, 0xFFFF, 0xFFFFFFFF)),
]


class Servers(h2_dial_test.Case):
    """What `taut connect` makes of its server."""

    def asked(self, *arguments):
        """A client that waits for its answer."""
        listener = self.listen("h2")
        process = self.start(listener, *arguments)
        connection = self.accept(listener)
        connection.wait(lambda: connection.requests)
        return process, connection, connection.requests[0]

    def head(self, connection, fields, flags=END_HEADERS):
        return frame(HEADERS, flags, 1, connection.engine.encoder.encode(fields))

    def talks(self, process, peer):
        """It echoes, and closes in order."""
        peer.send(peer.frame(wire.TEXT, b"still here"))
        self.assertEqual(peer.read_message()[1], b"still here")
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(1000)))
        self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(1000)))
        peer.sock.shutdown(socket.SHUT_WR)
        self.finish(process, 0)
        self.ends_in_order(peer.sock)

    def ends_in_order(self, stream):
        """Once the client is gone: with END_STREAM, and no reset before or behind it."""
        stream.connection.wait(lambda: not stream.connection.alive)
        self.assertTrue(stream.ended)
        self.assertIsNone(stream.reset)

    def opens(self, *fields, before=()):
        """The answer, behind others, opens a WebSocket."""
        process, connection, stream = self.asked("--echo")
        with connection.changed:
            for interim in before:
                connection.send_raw(self.head(connection, interim))
            connection.engine.send_headers(1, [(b":status", b"200"), *fields])
            connection.flush()
        self.talks(process, wire.Peer(stream, b"", client=False))

    def breaks(self, code, bad):
        """A frame, or the flags and fields of a head, which end the WebSocket: with a reset of its
        stream, or with all of the connection."""
        process, connection, peer = self.opened()
        with connection.changed:
            if isinstance(bad, tuple):
                bad = self.head(connection, bad[1], bad[0])
            connection.send_raw(bad)
        self.fails(process, ABNORMAL)
        connection.wait(lambda: not connection.alive)
        self.assertIn(code, (peer.sock.reset, connection.goaway))

    # ── the answer ──

    def test_may_send_other_answers_before(self):
        hints = [(b":status", b"103"), (b"link", b"</a>; rel=preload")]
        self.opens(before=[[(b":status", b"100")], hints, [(b":status", b"199")]])

    def test_may_answer_with_fields_of_http_1_1_that_mean_nothing(self):
        # RFC 8441 section 5: neither is used.
        self.opens((b"sec-websocket-accept", b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
        self.opens((b"sec-websocket-version", b"13"), (b"sec-websocket-key", b"x"))

    def test_may_not_answer_with_fields_of_a_connection(self):
        for field in ((b"upgrade", b"websocket"), (b"transfer-encoding", b"chunked")):
            process, connection, _ = self.asked()
            connection.send_raw(self.head(connection, [(b":status", b"200"), field]))
            self.fails(process, REFUSED)

    def test_may_end_the_stream_with_the_answer(self):
        process, connection, _ = self.asked()
        connection.send_raw(
            self.head(connection, [(b":status", b"200")], END_HEADERS | END_STREAM)
        )
        self.fails(process, ABNORMAL)

    def test_may_say_how_long_a_tunnel_is(self):
        # RFC 9110 section 9.3.6: a client ignores it.
        self.opens((b"content-length", b"0"))
        self.opens((b"content-length", b"5"))

    # ── a refusal ──

    def test_may_keep_the_stream_open_behind_a_refusal(self):
        process, connection, stream = self.asked()
        connection.send_raw(self.head(connection, [(b":status", b"403")]))
        connection.wait(lambda: stream.ended or stream.reset is not None)
        connection.send_raw(frame(DATA, 0, 1, b"no") + frame(DATA, END_STREAM, 1))
        self.assertIn("403", self.fails(process, REFUSED))
        self.ends_in_order(stream)

    def test_may_reset_behind_a_refusal(self):
        # RFC 9113 section 8.1: without an error, and then the answer counts.
        process, connection, _ = self.asked()
        refusal = self.head(connection, [(b":status", b"403"), (b"content-length", b"2")])
        connection.send_raw(
            refusal + frame(DATA, END_STREAM, 1, b"no") + frame(RST, 0, 1, bytes(4))
        )
        self.assertIn("403", self.fails(process, REFUSED))

    # ── the open stream ──

    def closing(self):
        """A client that closes at once."""
        listener = self.listen("h2")
        process = self.start(listener, on_eof="close")
        connection = self.accept(listener)
        return process, connection, connection.accept()

    def test_read_the_end_of_a_client_that_closes(self):
        process, _, peer = self.closing()
        self.assertEqual(peer.read()[2], wire.CLOSE)
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(1000)))
        peer.sock.shutdown(socket.SHUT_WR)
        self.finish(process, 0)
        self.ends_in_order(peer.sock)

    def test_may_answer_a_close_and_end_nothing(self):
        process, _, peer = self.closing()
        self.assertEqual(peer.read()[2], wire.CLOSE)
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(1000)))
        self.finish(process, 0)

    def test_may_send_frames_and_settings_that_nobody_knows(self):
        process, connection, peer = self.opened("--echo")
        connection.send_raw(b"".join(STRANGE))
        connection.send_raw(frame(ALTSVC, 0, 0, b"\0\1ah3=1") + frame(ORIGIN, 0, 0, b"\0\1a"))
        self.talks(process, peer)

    def test_may_shrink_the_window_below_nothing(self):
        with open(f"{self.files.folder.name}/large", "wb") as file:
            file.write(taut.bytes_of(500_000))
        process, connection, peer = self.opened("-b", "-f", file.name)
        connection.wait(lambda: len(peer.sock.received) > 1000)
        for size in (0, 1, 100_000):
            with connection.changed:
                connection.engine.update_settings({INITIAL_WINDOW: size})
                connection.flush()
        self.assertEqual(peer.read_message()[1], taut.bytes_of(500_000))
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(1000)))
        peer.sock.shutdown(socket.SHUT_WR)
        self.finish(process, 0)

    def test_may_leave_an_open_stream_out_of_their_goaway(self):
        process, connection, _ = self.opened()
        with connection.changed:
            connection.engine.close_connection(0, last_stream_id=0)
            connection.flush()
        self.fails(process, ABNORMAL)

    def test_may_not_send_trailers(self):
        # RFC 9113 section 8.5: nothing but DATA is sent in a tunnel.
        for flags in (END_HEADERS, END_HEADERS | END_STREAM):
            with self.subTest(flags):
                self.breaks(CODES.PROTOCOL_ERROR, (flags, [(b"x-trailer", b"1")]))

    def test_may_not_answer_twice(self):
        self.breaks(CODES.PROTOCOL_ERROR, (END_HEADERS, [(b":status", b"200")]))

    def test_may_not_send_data_behind_their_end(self):
        self.breaks(
            CODES.STREAM_CLOSED, frame(DATA, END_STREAM, 1) + frame(DATA, 0, 1, b"more")
        )

    def test_may_not_move_the_window_by_nothing_or_too_much(self):
        self.breaks(CODES.PROTOCOL_ERROR, frame(WINDOW, 0, 1, bytes(4)))
        self.breaks(CODES.FLOW_CONTROL_ERROR, frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff"))

    def test_may_not_take_extended_connect_back(self):
        self.breaks(CODES.PROTOCOL_ERROR, frame(SETTINGS, payload=struct.pack("!HI", 8, 0)))

    def test_may_not_use_streams_that_nobody_opened(self):
        for bad in (
            frame(DATA, 0, 3, b"x"),
            frame(WINDOW, 0, 3, b"\0\0\0\1"),
            frame(RST, 0, 3, bytes(4)),
            frame(HEADERS, END_HEADERS, 2, b"\x88"),
            frame(HEADERS, END_HEADERS, 3, b"\x88"),
        ):
            with self.subTest(bad.hex()):
                self.breaks(CODES.PROTOCOL_ERROR, bad)


class Clients(Attack):
    """What `taut serve` makes of its client. Other WebSockets go on, as in every attack."""

    def opened(self, *fields):
        self.raw.send(self.raw.connect(1, self.raw.fields(*fields)))
        self.assertEqual(self.raw.first(HEADERS, 1)[":status"], "200")

    def echoes(self, stream=1):
        self.raw.send(frame(DATA, 0, stream, wire.frame(wire.TEXT, b"still here")))
        self.assertEqual(self.raw.first(DATA, stream), b"\x81\x0astill here")

    def test_may_send_frames_and_settings_that_nobody_knows(self):
        self.opened()
        update = frame(PRIORITY_UPDATE, 0, 0, struct.pack("!I", 1) + b"u=0")
        self.raw.send(*STRANGE, update)
        self.echoes()

    def test_may_say_that_they_take_extended_connect_themselves(self):
        # RFC 8441 section 3: of no effect at a server.
        self.raw = self.dial(struct.pack("!HI", 8, 1))
        self.opened()
        self.echoes()

    def test_may_not_send_more_than_they_said(self):
        # RFC 9113 section 8.1.1: such a request is malformed.
        self.opened((b"content-length", b"0"))
        self.raw.send(frame(DATA, 0, 1, wire.frame(wire.TEXT, b"more")))
        self.resets(1, CODES.PROTOCOL_ERROR)
        self.raw.send(self.raw.connect(3))
        self.assertEqual(self.raw.first(HEADERS, 3)[":status"], "200")

    def test_may_end_their_half_with_the_request(self):
        block = self.raw.encoder.encode(self.raw.fields())
        self.raw.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        for kind, flags, stream, payload in self.raw.frames():
            if stream == 1 and (kind == RST or flags & END_STREAM):
                break
        self.raw.send(self.raw.connect(3))
        self.assertIsNotNone(self.raw.first(HEADERS, 3))
        self.echoes(3)

    def test_may_send_late_frames_to_a_stream_that_is_over(self):
        self.opened()
        self.raw.send(frame(DATA, END_STREAM, 1))
        for kind, flags, stream, _ in self.raw.frames():
            if stream == 1 and (kind == RST or flags & END_STREAM):
                break
        self.raw.send(frame(WINDOW, 0, 1, b"\0\0\0\1"), frame(RST, 0, 1, bytes(4)))
        self.raw.send(self.raw.connect(3))
        self.assertIsNotNone(self.raw.first(HEADERS, 3))
        self.echoes(3)

    def test_have_the_window_back_that_a_reset_stream_took(self):
        self.raw.send(self.raw.connect(1), frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff"))
        room = 65_535
        frames = self.raw.frames()

        def read(wanted):
            nonlocal room
            for kind, _, stream, payload in frames:
                if (kind, stream) == (WINDOW, 0):
                    room += struct.unpack("!I", payload)[0]
                if (kind, stream) == wanted:
                    return
            self.fail("the connection has ended")

        read((RST, 1))
        for _ in range(2 * room // 16_384):
            while room < 16_384:
                read((WINDOW, 0))
            self.raw.send(frame(DATA, 0, 1, bytes(16_384)))
            room -= 16_384
        self.raw.send(self.raw.connect(3))
        read((HEADERS, 3))

    def test_may_not_send_trailers(self):
        for flags in (END_HEADERS, END_HEADERS | END_STREAM):
            self.raw = self.dial()
            self.opened()
            block = self.raw.encoder.encode([(b"x-trailer", b"1")])
            self.raw.send(frame(HEADERS, flags, 1, block))
            self.resets(1, CODES.PROTOCOL_ERROR)
            self.raw.send(self.raw.connect(3))
            self.assertEqual(self.raw.first(HEADERS, 3)[":status"], "200")

    def test_may_not_send_data_behind_their_end(self):
        # RFC 9113 section 5.1: an error of the stream, which may be taken for one of all.
        self.opened()
        self.raw.send(frame(DATA, END_STREAM, 1) + frame(DATA, 0, 1, b"more"))
        self.ends_with(CODES.STREAM_CLOSED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
