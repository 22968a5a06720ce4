# SPDX-License-Identifier: MIT
"""`taut connect` in pipes: what it sends, prints, and tells the shell."""

import asyncio
import base64
import contextlib
import datetime
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from raw_servers import Deaf, Pinging, Unread
from support import HandlerServer, echo, taut


class Pipes(unittest.TestCase):
    """Against our own echo server."""

    @classmethod
    def setUpClass(cls):
        cls.server = taut.Server("--echo")
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.url = cls.server.url

    def run_taut(self, *arguments, stdin=b""):
        return taut.connect(self.url, *arguments, stdin=stdin)

    def expect(self, process, code, output):
        self.assertEqual(process.stdout, output, process.stderr)
        self.assertEqual(process.returncode, code, process.stderr)

    def test_a_message_goes_round(self):
        self.expect(self.run_taut("-m", "hello", "-n", "1"), 0, b"hello\n")

    def test_a_url_alone_is_connect(self):
        process = subprocess.run([taut.TAUT, self.url, "-m", "x", "-n", "1"], input=b"",
                                 capture_output=True, timeout=taut.LIMIT)
        self.expect(process, 0, b"x\n")

    def test_every_line_of_input_is_a_message(self):
        self.expect(self.run_taut(stdin=b"one\ntwo\r\n\nlast"), 0, b"one\ntwo\n\nlast\n")

    def test_messages_of_the_command_line_come_before_input(self):
        self.expect(self.run_taut("-m", "[1,2]", "-m", "-x", stdin=b"in\n"), 0, b"[1,2]\n-x\nin\n")

    def test_no_echo_is_lost_at_the_end_of_input(self):
        lines = b"".join(b"line %d\n" % i for i in range(20000))
        self.expect(self.run_taut(stdin=lines), 0, lines)

    def test_a_message_that_the_server_refuses_is_told_although_we_closed(self):
        process = self.run_taut("--on-eof", "close", stdin=b"x" * 1048577)
        self.assertEqual(process.returncode, 8, process.stderr)
        self.assertIn(b" 1009 ", process.stderr)

    def test_binary_input_comes_back_byte_for_byte(self):
        content = taut.bytes_of(3_000_000)
        self.expect(self.run_taut("-b", stdin=content), 0, content)

    def test_input_may_be_a_file(self):
        with tempfile.TemporaryFile() as file:
            file.write(b"a\nb\n")
            file.seek(0)
            process = subprocess.run([taut.TAUT, "connect", self.url], stdin=file,
                                     capture_output=True, timeout=taut.LIMIT)
        self.expect(process, 0, b"a\nb\n")

    def test_a_file_is_one_message_and_shown_by_its_size(self):
        for lines in (1, 50000):
            with tempfile.NamedTemporaryFile() as file:
                file.write(b"a\nb\n" * lines)
                file.flush()
                process = self.run_taut("-f", file.name, "--json", "-n", "1")
            sent, received = [e for e in taut.events(process) if e["type"] == "text"]
            self.assertEqual((sent["dir"], sent.get("bytes"), sent.get("data")),
                             ("out", 4 * lines, None))
            self.assertEqual((received["dir"], received["data"]), ("in", "a\nb\n" * lines))

    def test_only_as_many_messages_as_asked_for_are_printed(self):
        self.expect(self.run_taut("-n", "2", stdin=b"a\nb\nc\n"), 0, b"a\nb\n")

    def test_fewer_messages_than_asked_for_are_a_failure(self):
        process = self.run_taut("-n", "2", "--on-eof", "close", stdin=b"a\n")
        self.expect(process, 10, b"a\n")
        self.assertEqual(process.stderr, b"taut: got 1 of 2 messages\n")

    def test_input_that_is_not_text_is_refused(self):
        process = self.run_taut(stdin=b"good\n\xff\n")
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"taut: line 2 of the input is not UTF-8: --binary sends any bytes",
                      process.stderr)
        process = self.run_taut("--json", stdin=b"good\n\xff\n")
        self.assertIn(("error", "text_not_utf8"),
                      [(event["type"], event.get("error")) for event in taut.events(process)])

    def test_a_file_that_is_not_text_is_refused_by_name(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x" * 70000 + b"\xff")
            file.flush()
            process = self.run_taut("-f", file.name)
        self.assertEqual(process.returncode, 2)
        self.assertIn(f"taut: {file.name} is not UTF-8: --binary sends".encode(), process.stderr)

    def test_a_file_that_is_not_there_is_refused(self):
        process = self.run_taut("-f", "/nowhere")
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"/nowhere cannot be sent: No such file", process.stderr)

    def test_nothing_but_payloads_is_printed(self):
        process = self.run_taut("-m", "x", "-v")
        self.expect(process, 0, b"x\n")
        self.assertIn(b"> GET / HTTP/1.1", process.stderr)
        self.assertIn(b"< HTTP/1.1 101", process.stderr)

    def test_secrets_are_not_shown(self):
        process = self.run_taut("-v", "--auth", "me:secret", "-H", "Cookie: id=secret")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn(b"> Authorization: [left out]", process.stderr)
        for form in (b"secret", base64.b64encode(b"me:secret")):
            self.assertNotIn(form, process.stderr)

    def test_secrets_of_the_url_are_not_shown(self):
        url = self.url.replace("ws://", "ws://user:sEcret@") + "a?token=tOken"
        process = taut.connect(url, "--json", "-v")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(taut.events(process)[0]["url"], self.url + "a")
        self.assertIn(b"> GET /a?[left out] HTTP/1.1", process.stderr)
        for secret in (b"sEcret", b"tOken"):
            self.assertNotIn(secret, process.stdout + process.stderr)

    def test_events_are_lines_of_json(self):
        process = self.run_taut("--json", "-m", "a\x1b", "--ping", "1h")
        opened, *others, closed = taut.events(process)
        text = next(event for event in others if event["type"] == "text")
        datetime.datetime.strptime(opened["t"], "%Y-%m-%dT%H:%M:%S.%fZ")
        self.assertEqual((opened["type"], opened["url"]), ("open", self.url))
        self.assertEqual(opened["http"], "1.1")
        self.assertEqual((text["dir"], text["type"], text["data"]), ("out", "text", "a\x1b"))
        self.assertIn(("in", "text", "a\x1b"), [(e.get("dir"), e["type"], e.get("data"))
                                                for e in taut.events(process)])
        kinds = [(event.get("dir"), event["type"]) for event in taut.events(process)]
        self.assertLess(kinds.index(("out", "ping")), kinds.index(("in", "pong")))
        self.assertEqual((closed["type"], closed["code"], closed["clean"]), ("close", 1000, True))
        self.assertNotIn(b"\x1b", process.stdout)

    def test_a_pong_of_ours_is_an_event(self):
        async def ping(ws):
            await (await ws.ping(b"x"))
        with HandlerServer(ping) as server:
            process = taut.connect(server.url, "--json", "--on-eof", "wait")
            shown = [(event["type"], event.get("dir"), event.get("data_b64"))
                     for event in taut.events(process)]
            self.assertEqual(shown[1:3], [("ping", "in", "eA=="), ("pong", "out", "eA==")])

    def test_binary_events_are_base64(self):
        process = self.run_taut("--json", "-b", "-m", "x", "-n", "1")
        binary = [event for event in taut.events(process) if event["type"] == "binary"]
        self.assertEqual(binary[0]["data_b64"], "eA==")

    def test_an_interrupt_closes_in_order(self):
        process = subprocess.Popen([taut.TAUT, "connect", self.url, "--json"],
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        last = process.stdout.read().decode().splitlines()[-1]
        self.assertEqual(process.wait(taut.LIMIT), 130)
        self.assertIn('"code":1001', last)
        self.assertIn('"clean":true', last)

    def test_output_that_nobody_reads_ends_it(self):
        reader, writer = os.pipe()
        process = subprocess.Popen([taut.TAUT, "connect", self.url, "--on-eof", "wait", "-m", "x"],
                                   stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        os.close(reader)
        os.close(writer)
        self.assertEqual(process.wait(taut.LIMIT), 141)

    def test_output_that_cannot_be_written_is_told_even_at_the_end(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([taut.TAUT, "connect", self.url, "-m", "x", "-n", "1"],
                                     stdin=subprocess.DEVNULL, stdout=full,
                                     stderr=subprocess.PIPE, timeout=taut.LIMIT)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"cannot be written: No space left", process.stderr)

    def test_memory_is_bounded_when_nobody_reads_the_output(self):
        process = subprocess.Popen([taut.TAUT, "connect", self.url], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        watchdog = threading.Timer(taut.LIMIT, process.kill)
        watchdog.start()
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(watchdog.cancel)

        def feed():
            with contextlib.suppress(BrokenPipeError), process.stdin:
                for _ in range(64):
                    process.stdin.write((b"x" * 65535 + b"\n") * 16)
        feeder = threading.Thread(target=feed)
        feeder.start()
        feeder.join(2)
        self.assertTrue(feeder.is_alive(), "64 MiB were taken in although nothing was read")
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            resident = next(line for line in status if line.startswith("VmRSS"))
        if "asan" not in taut.TAUT and "build-tool" not in taut.TAUT:
            self.assertLess(int(resident.split()[1]), 40 * 1024)
        self.assertEqual(len(process.stdout.read()), 64 * 16 * 65536)
        feeder.join()
        process.stdout.close()
        self.assertEqual(process.wait(taut.LIMIT), 0)


class Floods(unittest.TestCase):
    def test_memory_is_bounded_when_nobody_reads_of_the_pings(self):
        count = 200_000  # some 80 MB of lines
        with Pinging(count) as server:
            process = subprocess.Popen([taut.TAUT, "connect", "--json", server.url],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            watchdog = threading.Timer(taut.LIMIT, process.kill)
            watchdog.start()
            server.thread.join(2)
            self.assertTrue(server.thread.is_alive(), "all was taken in though nothing was read")
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                resident = next(line for line in status if line.startswith("VmRSS"))
            if "asan" not in taut.TAUT and "tsan" not in taut.TAUT:
                self.assertLess(int(resident.split()[1]), 40 * 1024)
            pings = sum(b'"ping"' in line for line in process.stdout)
            watchdog.cancel()
            self.assertEqual((pings, process.wait(taut.LIMIT)), (count, 0))
            process.stdin.close()
            process.stdout.close()


    def test_a_pong_that_was_never_sent_is_no_event(self):
        with Unread() as server, tempfile.NamedTemporaryFile() as file:
            file.write(bytes(16 << 20))
            file.flush()
            process = taut.connect(server.url, "--json", "--compress", "off", "-b", "-f", file.name,
                                   "--on-eof", "close")
        self.assertEqual(process.returncode, 0, process.stderr)
        told = [base64.b64decode(event["data_b64"]) for event in taut.events(process)
                if event["type"] == "pong"]
        self.assertEqual(told, server.pongs)
        self.assertEqual(told[-1], b"5")


class Ends(unittest.TestCase):
    """Against servers that behave in every way."""

    def test_the_close_of_the_server_ends_it_without_input_ending(self):
        async def close(ws):
            await ws.close(1000)
        with HandlerServer(close) as server:
            process = subprocess.Popen([taut.TAUT, "connect", server.url], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            self.assertEqual(process.wait(taut.LIMIT), 0)
            process.communicate()

    def test_l18_another_close_code_is_told_without_obeying_its_reason(self):
        async def close(ws):
            await ws.close(4001, "go \x1b[31maway")
        with HandlerServer(close) as server:
            process = taut.connect(server.url, "--on-eof", "wait")
        self.assertEqual(process.returncode, 8)
        self.assertIn(b"closed by the server: 4001 application (go \\e[31maway)", process.stderr)

    def test_a_lost_connection_is_told(self):
        async def drop(ws):
            ws.transport.abort()
        with HandlerServer(drop) as server:
            process = taut.connect(server.url, "--on-eof", "wait")
        self.assertEqual(process.returncode, 9)

    def test_a_peer_that_breaks_the_rules_is_told(self):
        async def mask(ws):
            ws.transport.write(b"\x81\x81\x00\x00\x00\x00x")
            await ws.wait_closed()
        with HandlerServer(mask) as server:
            process = taut.connect(server.url, "--on-eof", "wait")
        self.assertEqual(process.returncode, 7, process.stderr)

    def test_a_message_over_the_limit_is_told(self):
        async def flood(ws):
            await ws.send("x" * 1001)
            await ws.wait_closed()
        with HandlerServer(flood) as server:
            process = taut.connect(server.url, "--on-eof", "wait", "--max-message", "1000")
        self.assertEqual(process.returncode, 11, process.stderr)

    def test_a_time_limit_ends_it(self):
        async def wait(ws):
            await ws.wait_closed()
        with HandlerServer(wait) as server:
            process = taut.connect(server.url, "--on-eof", "wait", "--timeout", "200ms")
        self.assertEqual(process.returncode, 6)

    def test_a_time_limit_does_not_wait_long_for_a_server_that_says_nothing(self):
        times = []
        while len(times) < 3 and not any(one < 2.5 for one in times):
            with Deaf() as server:
                began = time.monotonic()
                process = taut.connect(server.url, "--on-eof", "wait", "--timeout", "200ms")
                times.append(time.monotonic() - began)
            self.assertEqual(process.returncode, 6)
        self.assertLess(min(times), 2.5)

    def test_every_end_is_an_event(self):
        with Deaf() as server:
            process = taut.connect(server.url, "--json", "-n", "1")
            self.assertEqual(process.returncode, 0, process.stderr)
            last = taut.events(process)[-1]
            self.assertEqual((last["type"], last.get("error")), ("close", "close_timeout"))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"ws://127.0.0.1:{silent.getsockname()[1]}/"
            process = taut.connect(url, "--json", "--timeout", "300ms")
            self.assertEqual(process.returncode, 6, process.stderr)
            last = taut.events(process)[-1]
            self.assertEqual((last["type"], last["phase"], last["error"]),
                             ("error", "handshake", "timeout"))

    def test_a_close_that_is_not_answered_counts_unless_all_messages_came_before(self):
        for words, code in ((["-n", "1"], 0), (["-n", "2", "--on-eof", "close"], 9),
                            (["--on-eof", "close"], 9)):
            with self.subTest(words), Deaf(hangs_up=True) as server:
                process = taut.connect(server.url, "--json", *words)
                self.assertEqual(process.returncode, code, process.stderr)
                last = taut.events(process)[-1]
                self.assertEqual((last["type"], last["clean"], last.get("error")),
                                 ("close", False, "closed_early"))

    def test_waiting_at_the_end_of_input_may_have_a_limit(self):
        async def late(ws):
            await ws.send("late")
            await ws.wait_closed()
        with HandlerServer(late) as server:
            process = taut.connect(server.url, "--on-eof", "wait=300ms")
        self.assertEqual((process.returncode, process.stdout), (0, b"late\n"), process.stderr)

    def test_the_close_code_can_be_chosen(self):
        seen = []

        async def watch(ws):
            await ws.wait_closed()
            seen.append((ws.close_code, ws.close_reason))
        with HandlerServer(watch) as server:
            process = taut.connect(server.url, "--close-code", "4000", "--close-reason", "done")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(seen, [(4000, "done")])

    def test_headers_are_sent(self):
        async def tell(ws):
            for name in ("X-One", "X-Two", "Origin", "Authorization"):
                await ws.send(ws.request_headers[name])
        with HandlerServer(tell) as server:
            process = taut.connect(server.url, "-H", "X-One: 1, 2", "-H", "X-Two:3", "--origin",
                                   "https://a.example", "--auth", "u:p", "-n", "4")
        expected = b"1, 2\n3\nhttps://a.example\nBasic dTpw\n"
        self.assertEqual(process.stdout, expected, process.stderr)

    def test_echo_sends_back_what_comes_with_its_type(self):
        seen = []

        async def ask(ws):
            for message in ("text", b"bytes"):
                await ws.send(message)
                seen.append(await ws.recv())
        with HandlerServer(ask) as server:
            process = taut.connect(server.url, "--echo")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(seen, ["text", b"bytes"])


class Answers(unittest.TestCase):
    """python3-websockets sends nothing more once our Close is there."""

    def test_an_answer_comes_before_our_close(self):
        # A machine may be slower than any pause; one that closes at once loses every answer.
        with HandlerServer(echo) as server:
            for words, lines in ((["-m", "hello"], b""), ([], b"hello\n")):
                outputs = {taut.connect(server.url, *words, stdin=lines).stdout for _ in range(3)}
                self.assertIn(b"hello\n", outputs)

    def test_the_close_waits_for_a_server_that_takes_its_time(self):
        async def late(ws):
            messages = [await ws.recv() for _ in range(1000)]
            await asyncio.sleep(0.1)
            for message in messages:
                await ws.send(message)
            await ws.close()
        lines = b"".join(b"%d\n" % i for i in range(1000))
        with HandlerServer(late) as server:
            process = taut.connect(server.url, "--on-eof", f"quiet={taut.LIMIT}s", stdin=lines)
        self.assertEqual((process.returncode, process.stdout), (0, lines), process.stderr)

    def test_a_quiet_server_is_closed(self):
        for words in (["--on-eof", "quiet=10ms", "-m", "x"], []):
            with HandlerServer(lambda ws: ws.wait_closed()) as server:
                process = taut.connect(server.url, *words)
            self.assertEqual((process.returncode, process.stderr), (0, b""))

    def test_a_server_that_never_stops_is_closed_and_told_of(self):
        async def feed(ws):
            with contextlib.suppress(ConnectionError, RuntimeError):
                while not ws.closed:
                    ws.transport.write(b"\x81\x01x" * 100)
                    await asyncio.sleep(0.001)
        # One that pauses, as a busy machine makes it do, is only closed.
        with HandlerServer(feed) as server:
            told = [taut.connect(server.url, "--on-eof", "quiet=100ms", "-m", "x").stderr
                    for _ in range(5)]
        self.assertIn(b"taut: the server still speaks after 1 s and is closed; --on-eof wait "
                      b"listens on\n", told)


if __name__ == "__main__":
    unittest.main(verbosity=2)
