# SPDX-License-Identifier: MIT
"""python3-h2 as a client of `taut serve`: many WebSockets on one connection (RFC 8441), windows of
every kind, and the ways in which streams and connections end."""

import concurrent.futures
import socket
import struct
import subprocess
import unittest

import taut
from h2_attacks_test import HEADERS, SETTINGS, Raw

import h2_wire
import wire
from h2_wire import CODES, head

INITIAL_WINDOW = 4
PATIENCE = 300  # seconds that a flood may have to wait for those that read
SILENT_MESSAGES = 50  # to each of those that do not read, 64,000 bytes each

# What ten that do not read may cost: `max_buffered_bytes` and `stream_window_bytes` of each, twice
# for the room that a growing buffer takes, the output of the connection, and what the allocator
# keeps of the turns of the others.
SILENT_BYTES = 10 * 2 * (1024 + 64) * 1024 + 4 * 1024 * 1024


class Case(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(taut.Server("--echo", "--no-ping"))

    def dial(self, **options):
        connection = h2_wire.dial(self.server.port, **options)
        self.addCleanup(connection.close)
        return connection

    def echoes(self, peer, *sizes):
        for size in sizes or (20_000,):
            data = taut.bytes_of(size)
            peer.send(peer.frame(wire.BINARY, data))
            self.assertEqual(peer.read_message()[:2], (wire.BINARY, data), f"{size} bytes")

    def closes(self, peer, code=1000):
        peer.send(peer.frame(wire.CLOSE, wire.close_payload(code, b"bye")))
        self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(code)))
        peer.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(peer.read_end(), [])


class Log(unittest.TestCase):
    def test_tells_of_a_websocket_once_it_is_open(self):
        arguments = "--access-log", "--max-connections", "1"
        with taut.Server(*arguments, stderr=subprocess.PIPE) as server:
            raw = Raw(server.port)
            self.addCleanup(raw.sock.close)
            raw.send(raw.connect(1), raw.connect(3))
            answers = (fields for kind, _, _, fields in raw.frames() if kind == HEADERS)
            self.assertEqual([next(answers)[":status"] for _ in range(2)], ["200", "503"])
            raw.sock.close()
        opened, closed = (line.split(" ", 2)[2] for line in server.complaints)
        self.assertEqual(opened, "CONNECT / 200")
        self.assertRegex(closed, "^closed ")


class Streams(Case):
    def test_announces_extended_connect_first(self):
        raw = Raw(self.server.port)
        self.addCleanup(raw.sock.close)
        kind, flags, stream, entries = next(raw.frames())
        self.assertEqual((kind, flags, stream), (SETTINGS, 0, 0))
        self.assertEqual(entries[:6], struct.pack("!HI", h2_wire.CONNECT, 1))

    def test_carry_a_hundred_websockets_beside_ten_that_do_not_read(self):
        connection = self.dial()
        silent = [connection.open() for _ in range(10)]
        for peer in silent:
            peer.sock.settimeout(PATIENCE)
        data = taut.bytes_of(100_000)

        def flood(peer):
            peer.send(*[peer.frame(wire.BINARY, data)] * 3)

        def drain(peer):
            return [peer.read_message()[1] for _ in range(3)]

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            floods = [pool.submit(flood, peer) for peer in silent]
            readers = [connection.open() for _ in range(100)]
            for peer in readers:
                self.echoes(peer)
            for peer in readers:
                self.echoes(peer, 1, 70_000)
                self.closes(peer)
            for drained in pool.map(drain, silent):
                self.assertEqual(drained, [data] * 3)
            for done in floods:
                done.result()
        for peer in silent:
            self.closes(peer, 1001)

    def test_carry_a_thousand_in_bounded_memory_beside_ten_that_do_not_read(self):
        connection = self.dial()
        peers = [connection.open() for _ in range(1000)]
        silent, readers = peers[:10], peers[10:]
        for peer in silent:
            peer.sock.settimeout(10 * wire.TIMEOUT)  # it waits until all others are through
        before = self.resident_bytes()
        data = taut.bytes_of(64_000)
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            floods = [
                pool.submit(peer.send, *[peer.frame(wire.BINARY, data)] * SILENT_MESSAGES)
                for peer in silent
            ]
            for _ in range(3):
                for number, peer in enumerate(readers):
                    self.echoes(peer, number)
            self.assertLess(self.resident_bytes() - before, SILENT_BYTES)
            for peer in silent:
                for _ in range(SILENT_MESSAGES):
                    self.assertEqual(peer.read_message()[1], data)
            for done in floods:
                done.result()
        for peer in peers:
            self.closes(peer)

    def resident_bytes(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def test_beyond_those_announced_end_their_connection_alone(self):
        other = self.dial().open()
        connection = self.dial()
        limit = connection.peer_settings[3]
        peers = [connection.open() for _ in range(limit)]
        self.closes(peers.pop())
        peers.append(connection.open())
        with connection.changed:  # so that the library on this side does not count
            connection.engine.remote_settings[3] = limit + 10
            connection.engine.remote_settings.acknowledge()
        with self.assertRaises(ConnectionResetError):
            connection.connect().answer()
        self.assertEqual(connection.goaway, CODES.PROTOCOL_ERROR)
        self.echoes(other)

    def test_echo_every_size(self):
        self.echoes(self.dial().open(), *taut.SIZES, 1_000_000)

    def test_echo_through_windows_of_one_byte(self):
        connection = self.dial(settings={INITIAL_WINDOW: 1})
        peer = connection.open()
        self.echoes(peer, 0, 1, 126, 400)
        self.closes(peer)

    def test_X06_keep_the_mark_of_what_is_compressed(self):
        server = self.enterContext(taut.Server("--echo", "--no-ping", "--compress"))
        for window in (65_535, 7):
            connection = h2_wire.dial(server.port, settings={INITIAL_WINDOW: window})
            self.addCleanup(connection.close)
            peer = connection.open(b"permessage-deflate")
            self.assertIn(b"permessage-deflate", peer.agreed)
            deflate, inflate = wire.Deflater(), wire.Inflater()
            for size in (64, 126, 1_000):
                text = taut.text_of(size).encode()
                peer.send(peer.frame(wire.TEXT, deflate(text), rsv=4))
                opcode, payload, rsv = peer.read_message()
                self.assertEqual((opcode, rsv), (wire.TEXT, 4), f"{size} bytes")
                self.assertEqual(inflate(payload), text)
            peer.send(peer.frame(wire.TEXT, b"as it is" * 20))
            _, payload, rsv = peer.read_message()
            self.assertEqual((rsv, inflate(payload)), (4, b"as it is" * 20))

    def test_wait_for_a_window_that_is_shut(self):
        connection = self.dial(settings={INITIAL_WINDOW: 0})
        shut, other = connection.open(), connection.open()
        for peer in (shut, other):
            peer.send(peer.frame(wire.TEXT, b"wait"))
        with connection.changed:
            connection.engine.increment_flow_control_window(10, other.sock.id)
            connection.flush()
        self.assertEqual(other.read()[2:], (wire.TEXT, b"wait"))
        self.assertEqual(shut.sock.received, b"")
        with connection.changed:
            connection.engine.increment_flow_control_window(1 << 20, shut.sock.id)
            connection.flush()
        self.assertEqual(shut.read()[2:], (wire.TEXT, b"wait"))

    def test_follow_a_window_that_changes_while_they_write(self):
        connection = self.dial()
        peer = connection.open()
        data = taut.bytes_of(300_000)
        peer.send(peer.frame(wire.BINARY, data))
        for size in (0, 1, 100_000):
            with connection.changed:
                connection.engine.update_settings({INITIAL_WINDOW: size})
                connection.flush()
        self.assertEqual(peer.read_message()[1], data)

    def test_read_frames_cut_and_padded_anywhere(self):
        connection = self.dial()
        peer = connection.open()
        frames = peer.frame(wire.TEXT, b"a" * 130, fin=False) + peer.frame(wire.CONT, b"b" * 9)
        for cut in range(1, len(frames)):
            with connection.changed:
                send = connection.engine.send_data
                send(peer.sock.id, frames[:cut], pad_length=cut)
                send(peer.sock.id, b"", pad_length=255)
                send(peer.sock.id, frames[cut:], pad_length=0)
                connection.flush()
            self.assertEqual(peer.read_message()[1], b"a" * 130 + b"b" * 9)

    def test_reset_in_a_message_end_alone(self):
        connection = self.dial()
        other = connection.open()
        for code in (CODES.CANCEL, CODES.NO_ERROR, CODES.INTERNAL_ERROR, 0xFFFFFFFF):
            peer = connection.open()
            peer.send(peer.frame(wire.TEXT, b"half", length=10))
            peer.sock.abort(code)
            self.echoes(other)

    def test_ended_without_a_close_end_too(self):
        connection = self.dial()
        other = connection.open()
        for rest in (b"", other.frame(wire.TEXT, b"half", fin=False), b"\x81"):
            peer = connection.open()
            peer.send(rest)
            peer.sock.shutdown(socket.SHUT_WR)
            peer.read_end()
            self.assertTrue(peer.sock.ended or peer.sock.reset is not None)
            self.echoes(other)

    def test_live_on_after_our_goaway(self):
        connection = self.dial()
        peer = connection.open()
        peer.send(peer.frame(wire.TEXT, b"be", fin=False))
        with connection.changed:
            connection.engine.close_connection()
            connection.flush()
        peer.send(peer.frame(wire.CONT, b"fore"))
        self.assertEqual(peer.read()[2:], (wire.TEXT, b"before"))
        self.closes(peer)

    def test_lost_with_their_connection_harm_no_other(self):
        other = self.dial().open()
        connection = self.dial()
        for _ in range(20):
            peer = connection.open()
            peer.send(peer.frame(wire.BINARY, b"half", length=1000))
        connection.close()
        self.echoes(other)
        self.echoes(self.dial().open())

    def test_close_in_order_when_the_server_stops(self):
        with taut.Server("--echo") as server:
            connection = h2_wire.dial(server.port)
            peers = [connection.open() for _ in range(5)]
            server.process.terminate()
            for peer in peers:
                self.assertEqual(peer.read()[2:], (wire.CLOSE, wire.close_payload(1001)))
                peer.send(peer.frame(wire.CLOSE, wire.close_payload(1001)))
                peer.sock.shutdown(socket.SHUT_WR)
                self.assertEqual(peer.read_end(), [])
            connection.wait(lambda: not connection.alive)
            self.assertEqual(connection.goaway, CODES.NO_ERROR)
            self.assertEqual(server.process.wait(wire.TIMEOUT), 0)


class Requests(Case):
    """What is not a WebSocket, on a connection that has one."""

    def setUp(self):
        super().setUp()
        self.connection = self.dial()
        self.peer = self.connection.open()

    def tearDown(self):
        self.echoes(self.peer)

    def status(self, fields):
        return self.connection.request(fields).answer()[b":status"]

    def test_get_the_page_health_and_metrics(self):
        answer, stream = self.connection.get()
        self.assertEqual((answer[b":status"], stream.body()), (b"200", b"ok\n"))
        answer, stream = self.connection.get(b"/")
        body = stream.body()
        self.assertIn(b"<!doctype html>", body.lower())
        self.assertEqual(int(answer[b"content-length"]), len(body))
        answer, stream = self.connection.get(b"/metrics")
        self.assertEqual(answer[b"content-type"], b"text/plain; version=0.0.4; charset=utf-8")
        self.assertTrue(answer[b"date"].endswith(b" GMT"))
        self.assertIn(b"tautline_requests_refused_total 0\n", stream.body())

    def test_have_no_body_in_answer_to_head(self):
        answer, stream = self.connection.get(method=b"HEAD")
        self.assertEqual((answer[b"content-length"], stream.body()), (b"3", b""))

    def test_take_turns_with_the_messages(self):
        for _ in range(50):
            answer, stream = self.connection.get()
            self.echoes(self.peer, 1000)
            self.assertEqual(stream.body(), b"ok\n")

    def test_may_have_bodies_that_nobody_reads(self):
        fields = head(b"POST", b"/health", self.connection.authority())
        stream = self.connection.request(fields, end=False)
        try:
            stream.sendall(b"x" * 300_000)
        except BrokenPipeError:
            self.assertEqual(stream.reset, CODES.NO_ERROR)
        self.assertIn(stream.answer()[b":status"], (b"200", b"405"))

    def test_for_other_protocols_are_501(self):
        for protocol in (b"webtransport", b"connect-udp", b"WebSocket2"):
            stream = self.connection.connect(protocol=protocol)
            self.assertEqual(stream.answer()[b":status"], b"501", protocol)

    def test_of_other_versions_and_origins_are_refused(self):
        stream = self.connection.connect(extra=[(b"origin", b"https://evil.example")])
        self.assertEqual(stream.answer()[b":status"], b"403")
        fields = head(b"CONNECT", b"/", self.connection.authority())
        fields += [(b":protocol", b"websocket"), (b"sec-websocket-version", b"12")]
        stream = self.connection.request(fields, end=False)
        self.assertEqual(stream.answer()[b":status"], b"426")
        self.assertEqual(stream.answer()[b"sec-websocket-version"], b"13")

    def test_for_another_host_are_refused(self):
        fields = head(b"GET", b"/health", b"rebound.example")
        self.assertEqual(self.status(fields), b"421")


if __name__ == "__main__":
    unittest.main(verbosity=2)
