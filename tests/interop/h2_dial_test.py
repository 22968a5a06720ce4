# SPDX-License-Identifier: MIT
"""python3-h2 as a server of `taut connect`, well behaved and not: whatever goes wrong is said once,
with the exit code that it has over HTTP/1.1."""

import json
import socket
import subprocess
import unittest

import taut

import h2_wire
import wire
from h2_wire import CODES

INITIAL_WINDOW = 4
REFUSED, TIMED_OUT, ABNORMAL = 5, 6, 9


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(taut.Files())

    def listen(self, *protocols):
        protocols = protocols or ("h2", "http/1.1")
        listener = h2_wire.Listener(self.files.certificate, self.files.key, *protocols)
        return self.enterContext(listener)

    def start(self, listener, *arguments, on_eof="wait"):
        """`taut connect`; it is waited for by `finish`."""
        process = subprocess.Popen(
            [taut.TAUT, "connect", listener.url, "--cacert", self.files.certificate]
            + ["--on-eof", on_eof, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if "--echo" in arguments else subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.addCleanup(process.kill)
        return process

    def finish(self, process, code):
        """What it wrote on its outputs."""
        said, complained = process.communicate(timeout=taut.LIMIT)
        self.assertEqual(process.returncode, code, (said, complained))
        return said, complained.decode().splitlines()

    def fails(self, process, code):
        """It complains exactly once; lines that are indented tell more of it."""
        _, complaints = self.finish(process, code)
        heads = [line for line in complaints if not line.startswith(" ")]
        self.assertEqual(len(heads), 1, complaints)
        return heads[0]

    def accept(self, listener, **options):
        connection = listener.connection(**options)
        self.addCleanup(connection.close)
        return connection

    def opened(self, *arguments, **options):
        listener = self.listen("h2")
        process = self.start(listener, *arguments)
        connection = self.accept(listener, **options)
        return process, connection, connection.accept()


class Open(Case):
    def closes(self, peer, code=1000):
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(code)))
        self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(code)))
        peer.sock.shutdown(socket.SHUT_WR)
        # A reset would count against the client.
        peer.sock.connection.wait(lambda: peer.sock.ended or peer.sock.reset is not None)
        self.assertIsNone(peer.sock.reset)

    def test_asks_by_extended_connect(self):
        process, connection, peer = self.opened("-s", "chat", "-H", "X-A: b")
        asked = dict(peer.sock.headers)
        self.assertEqual(asked[b":method"], b"CONNECT")
        self.assertEqual(asked[b":protocol"], b"websocket")
        self.assertEqual(asked[b":scheme"], b"https")
        self.assertEqual(asked[b":path"], b"/")
        self.assertTrue(asked[b":authority"].startswith(b"localhost:"))
        self.assertEqual(asked[b"sec-websocket-version"], b"13")
        self.assertEqual(asked[b"sec-websocket-protocol"], b"chat")
        self.assertEqual(asked[b"x-a"], b"b")
        for name in (b"host", b"upgrade", b"connection", b"sec-websocket-key"):
            self.assertNotIn(name, asked)
        self.closes(peer)
        self.finish(process, 0)

    def test_waits_for_the_settings_before_it_asks(self):
        listener = self.listen("h2")
        process = self.start(listener)
        connection = self.accept(listener, begin=False)
        preface = connection.sock.recv(24)
        self.assertEqual(preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        rest = connection.sock.recv(4096)
        while rest:  # its SETTINGS, and a WINDOW_UPDATE: no HEADERS
            self.assertIn(rest[3], (4, 8))
            rest = rest[9 + int.from_bytes(rest[:3], "big") :]
        connection.engine.receive_data(preface)
        connection.begin()
        self.closes(connection.accept())
        self.finish(process, 0)

    def test_echoes_every_size_through_every_window(self):
        for window in (1, 1000, 65535, 1 << 20):
            sizes = [0, 1, 126, 300] if window == 1 else [*taut.SIZES, 1_000_000]
            process, _, peer = self.opened("--echo", settings={INITIAL_WINDOW: window})
            for size in sizes:
                data = taut.bytes_of(size)
                peer.send(peer.frame(wire.BINARY, data))
                self.assertEqual(peer.read_message()[1], data, (window, size))
            self.closes(peer)
            self.finish(process, 0)

    def test_reads_frames_cut_and_padded_anywhere(self):
        process, connection, peer = self.opened("--echo")
        frame = peer.frame(wire.TEXT, b"a" * 130)
        for cut in range(1, len(frame)):
            with connection.changed:
                connection.engine.send_data(peer.sock.id, frame[:cut], pad_length=cut)
                connection.engine.send_data(peer.sock.id, frame[cut:], pad_length=0)
                connection.flush()
            self.assertEqual(peer.read_message()[1], b"a" * 130)
        self.closes(peer)
        self.finish(process, 0)

    def test_goes_on_after_goaway(self):
        process, connection, peer = self.opened("--echo")
        with connection.changed:
            connection.engine.close_connection(0, last_stream_id=1)
            connection.flush()
        peer.send(peer.frame(wire.TEXT, b"still here"))
        self.assertEqual(peer.read_message()[1], b"still here")
        self.closes(peer)
        self.finish(process, 0)

    def test_tells_the_code_of_the_close(self):
        for code, status in ((1000, 0), (1001, 0), (4000, 8)):
            process, _, peer = self.opened("--json")
            self.closes(peer, code)
            said, _ = self.finish(process, status)
            self.assertEqual(json.loads(said.splitlines()[-1])["code"], code)


class Fallback(Case):
    def speaks_http_1_1(self, listener, process):
        peer = wire.accept_client(listener)
        self.assertEqual(peer.sock.selected_alpn_protocol(), "http/1.1")
        peer.send(peer.frame(wire.TEXT, b"by HTTP/1.1"))
        self.assertEqual(peer.read_message()[1], b"by HTTP/1.1")
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(1000)))
        peer.read_end()
        peer.end()
        self.finish(process, 0)

    def test_takes_http_1_1_where_extended_connect_is_missing(self):
        listener = self.listen()
        process = self.start(listener, "--echo")
        first = self.accept(listener, settings={h2_wire.CONNECT: 0})
        self.speaks_http_1_1(listener, process)
        self.assertEqual(first.requests, [])
        first.wait(lambda: not first.alive)

    def test_takes_http_1_1_where_the_server_asks_for_it(self):
        listener = self.listen()
        process = self.start(listener, "--echo")
        first = self.accept(listener)
        first.wait(lambda: first.requests)
        first.requests[0].abort(CODES.HTTP_1_1_REQUIRED)
        self.speaks_http_1_1(listener, process)

    def test_fails_where_nothing_else_is_offered(self):
        listener = self.listen("h2")
        process = self.start(listener)
        self.accept(listener, settings={h2_wire.CONNECT: 0})
        sock, _ = listener.accept()
        self.assertIsNone(sock.selected_alpn_protocol())
        sock.close()
        self.fails(process, REFUSED)


class Failures(Case):
    def test_settings_that_never_come_are_a_timeout(self):
        listener = self.listen("h2")
        process = self.start(listener)
        connection = self.accept(listener, begin=False)
        self.fails(process, TIMED_OUT)

    def test_an_answer_that_never_comes_is_a_timeout(self):
        listener = self.listen("h2")
        process = self.start(listener, "--handshake-timeout", "2s")
        connection = self.accept(listener)
        connection.wait(lambda: connection.requests)
        self.fails(process, TIMED_OUT)

    def answered(self, fields, body=b"", ends=True):
        listener = self.listen("h2")
        process = self.start(listener)
        connection = self.accept(listener)
        listener.socket.close()  # 400, 405, 426 and 501 are asked again over HTTP/1.1
        connection.wait(lambda: connection.requests)
        with connection.changed:
            number = connection.requests[0].id
            connection.engine.send_headers(number, fields, end_stream=ends and not body)
            if body:
                connection.engine.send_data(number, body, end_stream=True)
            connection.flush()
        return self.fails(process, REFUSED)

    def test_a_refusal_is_shown(self):
        for status in (400, 401, 403, 404, 426, 500, 503):
            said = self.answered([(b":status", b"%d" % status)], b"because of this\n")
            self.assertIn(str(status), said)

    def test_an_extension_that_was_not_offered_is_an_error(self):
        for field in ((b"sec-websocket-extensions", b"x-other"), (b"sec-websocket-protocol", b"x")):
            self.answered([(b":status", b"200"), field])

    def test_a_switch_of_protocols_is_an_error(self):
        self.answered([(b":status", b"101")], ends=False)

    def test_a_head_that_is_too_large_is_an_error(self):
        bomb = [(b":status", b"200")] + [(b"x-bomb", b"b" * 4000)] * 4000
        self.answered(bomb)

    def test_a_stream_that_is_reset_instead_of_answered_is_an_error(self):
        for code in (CODES.REFUSED_STREAM, CODES.CANCEL, CODES.INTERNAL_ERROR):
            listener = self.listen("h2")
            process = self.start(listener)
            connection = self.accept(listener)
            listener.socket.close()  # what was not processed is asked again
            connection.wait(lambda: connection.requests)
            connection.requests[0].abort(code)
            self.fails(process, REFUSED)

    def test_goaway_before_the_answer_is_an_error(self):
        listener = self.listen("h2")
        process = self.start(listener)
        connection = self.accept(listener)
        listener.socket.close()  # what was not processed is asked again
        connection.wait(lambda: connection.requests)
        with connection.changed:
            connection.engine.close_connection(0, last_stream_id=0)
            connection.flush()
        self.fails(process, REFUSED)

    def test_a_reset_in_a_message_is_one_error(self):
        for code in (CODES.CANCEL, CODES.NO_ERROR, CODES.INTERNAL_ERROR):
            process, _, peer = self.opened()
            peer.send(peer.frame(wire.TEXT, b"half", length=9))
            peer.sock.abort(code)
            self.fails(process, ABNORMAL)

    def test_an_end_without_a_close_is_one_error(self):
        process, _, peer = self.opened()
        peer.sock.shutdown(socket.SHUT_WR)
        self.fails(process, ABNORMAL)

    def test_a_lost_connection_is_one_error(self):
        process, connection, peer = self.opened()
        peer.send(peer.frame(wire.TEXT, b"half", length=9))
        connection.close()
        self.fails(process, ABNORMAL)

    def test_a_lost_connection_while_it_sends_is_one_error(self):
        with open(f"{self.files.folder.name}/large", "wb") as file:
            file.write(b"x" * (1 << 22))
        process, connection, peer = self.opened("-b", "-f", file.name)
        peer.need(1000)
        connection.close()
        self.fails(process, ABNORMAL)

    def test_broken_rules_of_the_connection_are_one_error(self):
        for frames in (
            "000000 04 01 00000001",  # acknowledges SETTINGS on a stream
            "000006 04 00 00000000 0008 00000002",  # extended CONNECT is neither on nor off
            "000006 04 00 00000000 0004 ffffffff",  # no window is as large
            "000006 04 00 00000000 0005 00000000",  # no frame is as small
            "000004 08 00 00000000 7fffffff",  # together the window overflows
            "000008 06 00 00000001 0000000000000000",  # PING on a stream
            "000001 00 08 00000001 ff",  # more padding than there is payload
            "000004 05 04 00000001 00000002",  # a push, which the client forbade
            "ffffff 00 00 00000001",  # larger than any frame may be
        ):
            with self.subTest(frames):
                process, connection, _ = self.opened()
                connection.send_raw(bytes.fromhex(frames))
                self.fails(process, ABNORMAL)
                connection.wait(lambda: connection.goaway is not None)

    def test_a_flood_is_one_error(self):
        for frame in (
            "000008 06 00 00000000 0000000000000000",  # PING
            "000000 04 00 00000000",  # SETTINGS
            "000000 00 00 00000001",  # empty DATA
            "000005 02 00 00000001 0000000000",  # PRIORITY
        ):
            with self.subTest(frame):
                process, connection, _ = self.opened()
                try:
                    for _ in range(20):
                        connection.send_raw(bytes.fromhex(frame) * 1000)
                except OSError:
                    pass  # it has had enough
                self.fails(process, ABNORMAL)


if __name__ == "__main__":
    unittest.main(verbosity=2)
