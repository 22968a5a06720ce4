# SPDX-License-Identifier: MIT
"""`taut serve`: where it listens, whom it lets in, and how it ends."""

import asyncio
import email.utils
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from urllib.parse import urlsplit

from support import taut
import websockets

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, taut.LIMIT))


def get(server, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=taut.LIMIT)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value
                                                 for name, value in headers.items()})
        response = connection.getresponse()
        return response, b"" if response.status == 101 else response.read()
    finally:
        connection.close()


def upgrade(server, **headers):
    return get(server, **{name.replace("-", "_"): value for name, value in UPGRADE.items()},
               **headers)[0].status


def serve(test, *arguments):
    """A server for tests that end it or read what it says, and its URL."""
    process = subprocess.Popen([taut.TAUT, "serve", "--port", "0", *arguments],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    test.addCleanup(process.communicate)
    test.addCleanup(process.terminate)
    return process, process.stdout.readline().split()[-1]


class Listening(unittest.TestCase):
    def test_the_first_line_says_where(self):
        with taut.Server() as server:
            self.assertRegex(server.url, r"^ws://127\.0\.0\.1:\d+/$")

    def test_an_ipv6_address_stands_in_brackets(self):
        with taut.Server("--host", "::1") as server:
            self.assertRegex(server.url, r"^ws://\[::1\]:\d+/$")
            process = taut.connect(server.url, "-m", "x", "-n", "1")
            self.assertEqual(process.stdout, b"x\n", process.stderr)

    def test_a_unix_socket_can_be_used(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/socket"
            process = subprocess.Popen([taut.TAUT, "serve", "--unix", path], stdout=subprocess.PIPE,
                                       text=True)
            self.addCleanup(process.communicate)
            self.addCleanup(process.terminate)
            line = process.stdout.readline()
            self.assertEqual(line, f"listening on ws+unix:{path}:/\n")
            client = taut.connect(line.split()[-1], "-m", "x", "-n", "1")
            self.assertEqual(client.stdout, b"x\n", client.stderr)

    def test_a_port_in_use_is_explained(self):
        with taut.Server() as server:
            second = subprocess.run([taut.TAUT, "serve", "--port", str(server.port)],
                                    capture_output=True, text=True, timeout=taut.LIMIT)
            self.assertEqual(second.returncode, 3)
            self.assertIn(f"port {server.port} is in use; choose another with --port, or 0",
                          second.stderr)

    def test_a_file_that_is_no_socket_is_not_taken_for_one(self):
        with tempfile.NamedTemporaryFile() as file:
            process = subprocess.run([taut.TAUT, "serve", "--unix", file.name],
                                     capture_output=True, text=True, timeout=taut.LIMIT)
        self.assertEqual(process.returncode, 3)
        self.assertIn(f"taut: {file.name} is there already", process.stderr)
        self.assertIn("no socket", process.stderr)

    def test_without_its_first_line_it_does_not_run(self):
        with open("/dev/full", "w") as full:
            process = subprocess.run([taut.TAUT, "serve", "--port", "0"], stdout=full,
                                     stderr=subprocess.PIPE, text=True, timeout=taut.LIMIT)
        self.assertEqual(process.returncode, 1)
        self.assertIn("cannot be written: No space left", process.stderr)

    def test_every_path_is_served(self):
        with taut.Server() as server:
            for path in ("", "a", "a/b?x=1"):
                client = taut.connect(server.url + path, "-m", "x", "-n", "1")
                self.assertEqual(client.stdout, b"x\n", client.stderr)

    def test_many_threads_serve(self):
        with taut.Server("--threads", "4") as server:
            clients = [subprocess.Popen([taut.TAUT, server.url, "-m", str(i), "-n", "1"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                       for i in range(8)]
            self.assertEqual([c.communicate()[0] for c in clients],
                             [b"%d\n" % i for i in range(8)])


class ClosedDescriptors(unittest.TestCase):
    """As some supervisors start it. Descriptors of its own must not take their place."""

    def run_closed(self, number, *arguments):
        return ["sh", "-c", f'exec "$0" "$@" {number}>&-', taut.TAUT, *arguments]

    def test_it_serves_and_logs_to_nobody(self):
        for closed in (0, 2):
            process = taut.start(self, self.run_closed(closed, "serve", "--port", "0",
                                                       "--access-log"))
            url = taut.line_of(process).split()[-1]
            client = taut.connect(url, "-m", "x", "-n", "1")
            self.assertEqual(client.stdout, b"x\n", client.stderr)
            self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{closed}"), "/dev/null")

    def test_a_client_ends_as_ever(self):
        with taut.Server() as server:
            for closed in (0, 1, 2):
                command = self.run_closed(closed, server.url, "-m", "x", "-n", "1")
                process = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                         timeout=taut.LIMIT)
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertEqual(process.stdout, b"" if closed == 1 else b"x\n")


class Dates(unittest.TestCase):
    def test_answers_and_refusals_say_when_they_were_made(self):
        with taut.Server() as server:
            for path, headers, status in (("/health", {}, 200), ("/nowhere", {}, 426),
                                          ("/", {"Host": "evil.example"}, 421),
                                          ("/health", {"Host": "a b"}, 400)):
                before = int(time.time())
                response, _ = get(server, path, **headers)
                self.assertEqual(response.status, status)
                date = email.utils.parsedate_to_datetime(response.headers["Date"])
                self.assertGreaterEqual(date.timestamp(), before)
                self.assertLessEqual(date.timestamp(), time.time())


class Page(unittest.TestCase):
    def test_the_page_lets_only_itself_run(self):
        with taut.Server() as server:
            response, body = get(server)
            policy = response.headers["Content-Security-Policy"]
            nonce = re.search(r"script-src 'nonce-([^']+)'", policy)[1]
            self.assertIn(f'<script nonce="{nonce}">'.encode(), body)
            self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
            self.assertNotEqual(policy, get(server)[0].headers["Content-Security-Policy"])

    def test_health_answers_ok(self):
        with taut.Server() as server:
            self.assertEqual(get(server, "/health")[1].strip(), b"ok")

    def test_metrics_count_for_prometheus(self):
        with taut.Server("--threads", "2") as server:
            for _ in range(3):
                taut.connect(server.url, "-m", "four", "-n", "1")
            get(server, "/", Host="evil.example")
            # A client may be gone a moment before the server has closed its side.
            limit = time.monotonic() + taut.LIMIT
            while time.monotonic() < limit:
                response, body = get(server, "/metrics")
                values = dict(line.split() for line in body.decode().splitlines() if line[0] != "#")
                if values["tautline_websockets_open"] == "0":
                    break
            self.assertEqual(response.headers["Content-Type"],
                             "text/plain; version=0.0.4; charset=utf-8")
            self.assertGreater(int(values.pop("tautline_requests_received_total")), 4)
            self.assertEqual({name.removeprefix("tautline_"): value
                              for name, value in values.items() if value != "0"},
                             {"requests_refused_total": "1", "websockets_opened_total": "3",
                              "websockets_closed_total": "3", "messages_received_total": "3",
                              "messages_sent_total": "3", "message_bytes_received_total": "12",
                              "message_bytes_sent_total": "12"})

    def test_metrics_are_for_those_who_may_come(self):
        with taut.Server("--auth", "me:secret") as server:
            self.assertEqual(get(server, "/metrics")[0].status, 401)
            self.assertEqual(get(server, "/metrics", Host="evil.example")[0].status, 421)


class Access(unittest.TestCase):
    def test_h20_a_name_that_was_rebound_to_loopback_is_refused(self):
        with taut.Server() as server:
            for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example"):
                self.assertEqual(get(server, Host=host)[0].status, 421, host)
                self.assertEqual(get(server, "/health", Host=host)[0].status, 421, host)
                self.assertEqual(upgrade(server, Host=host), 421, host)
            for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:1"):
                self.assertEqual(get(server, Host=host)[0].status, 200, host)
                self.assertEqual(upgrade(server, Host=host), 101, host)

    def test_h12_a_host_that_is_none_is_refused(self):
        with taut.Server() as server:
            for host in ("", "localhost:80/evil?x", "localhost:80 80", "127.0.0.1:99999999"):
                self.assertEqual(get(server, Host=host)[0].status, 400, host)
                self.assertEqual(upgrade(server, Host=host), 400, host)

    def test_an_escape_that_is_not_necessary_makes_no_other_path(self):
        with taut.Server() as server:
            self.assertEqual(get(server, "/%68ealth")[1].strip(), b"ok")

    def test_a_further_name_can_be_allowed(self):
        with taut.Server("--allow-host", "dev.example") as server:
            self.assertEqual(get(server, Host="dev.example:80")[0].status, 200)

    def test_h20_pages_of_other_origins_are_refused(self):
        with taut.Server() as server:
            own = f"http://127.0.0.1:{server.port}"
            self.assertEqual(upgrade(server, Origin=own), 101)
            self.assertEqual(upgrade(server, Origin="https://evil.example"), 403)
            self.assertEqual(upgrade(server, Origin="null"), 403)

    def test_origins_can_be_allowed(self):
        with taut.Server("--allow-origin", "https://good.example") as server:
            self.assertEqual(upgrade(server, Origin="https://good.example"), 101)
            self.assertEqual(upgrade(server, Origin="https://evil.example"), 403)
        with taut.Server("--any-origin") as server:
            self.assertEqual(upgrade(server, Origin="https://evil.example"), 101)

    def test_credentials_are_asked_for(self):
        with taut.Server("--auth", "me:secret") as server:
            response, _ = get(server)
            self.assertEqual(response.status, 401)
            self.assertTrue(response.headers["WWW-Authenticate"].startswith("Basic "))
            self.assertEqual(upgrade(server), 401)
            self.assertEqual(upgrade(server, Authorization="Basic bWU6c2VjcmV0"), 101)
            let_in = taut.connect(server.url, "--auth", "me:secret", "-m", "x", "-n", "1")
            self.assertEqual(let_in.stdout, b"x\n", let_in.stderr)

    def test_l18_nothing_that_a_terminal_obeys_gets_into_the_log(self):
        process = subprocess.Popen([taut.TAUT, "serve", "--port", "0", "--access-log"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        port = int(re.search(rb":(\d+)/", process.stdout.readline())[1])
        for path in (b"/\x1b[31m", b"/\x9b31m", b"/a\rb", b"/\xe2\x80\xaeb"):
            with socket.create_connection(("127.0.0.1", port), taut.LIMIT) as client:
                client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 400"), path)
        taut.connect(f"ws://127.0.0.1:{port}/%1b", "-m", "x", "-n", "1")
        process.terminate()
        _, log = process.communicate(timeout=taut.LIMIT)
        self.assertIn(b"/%1b 101", log)
        self.assertRegex(log, rb"\A[\n -~]*\Z")

    def test_a_log_that_cannot_be_written_turns_nobody_away(self):
        with open("/dev/full", "w") as full, \
                taut.Server("--echo", "--access-log", stderr=full) as server:
            client = taut.connect(server.url, "-m", "x", "-n", "1")
            self.assertEqual(client.stdout, b"x\n", client.stderr)
            self.assertEqual(get(server, "/health")[0].status, 200)

    def test_a_log_that_nobody_reads_stops_nothing(self):
        process, url = serve(self, "--access-log")
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=taut.LIMIT)
        for _ in range(2000):  # a pipe holds some 1200 of their lines
            connection.request("GET", "/health")
            connection.getresponse().read()
        connection.close()
        process.terminate()
        self.assertEqual(process.wait(taut.LIMIT), 0)

    def test_h21_the_log_has_no_query(self):
        process, url = serve(self, "--access-log")
        taut.connect(url + "a?token=secret", "-m", "x", "-n", "1")
        process.terminate()
        _, log = process.communicate(timeout=taut.LIMIT)
        self.assertRegex(log, r"127\.0\.0\.1:\d+ GET /a 101")
        self.assertRegex(log, r"127\.0\.0\.1:\d+ closed 1000\n")
        self.assertNotIn("secret", log)


    def test_the_log_tells_who_fails_at_tls(self):
        process, url = serve(self, "--access-log", "--tls-self-signed")
        self.assertNotEqual(taut.connect(url, "-m", "x").returncode, 0)
        with socket.create_connection(("127.0.0.1", urlsplit(url).port), taut.LIMIT) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while client.recv(100):
                pass
        process.terminate()
        _, log = process.communicate(timeout=taut.LIMIT)
        lines = [line.split(" ", 2)[2] for line in log.splitlines() if " tls " in line]
        self.assertEqual(len(lines), 2, log)
        self.assertRegex(lines[0], r"\Atls tls_failed: the peer refused our certificate \(.*")
        self.assertRegex(lines[1], r"\Atls tls_failed: the client does not speak TLS\b")


class Chat(unittest.TestCase):
    def test_everybody_else_hears_a_message(self):
        async def check(url):
            async with websockets.connect(url) as one, websockets.connect(url) as two, \
                    websockets.connect(url) as three:
                # The server has let them all in when it has answered each.
                for ws in (one, two, three):
                    await (await ws.ping())
                await one.send("hello")
                await one.send(b"bytes")
                for ws in (two, three):
                    self.assertEqual([await ws.recv(), await ws.recv()], ["hello", b"bytes"])
                await two.send("to you")
                self.assertEqual(await one.recv(), "to you", "nobody hears what he says himself")
        for threads in ("1", "3"):
            with self.subTest(threads=threads), \
                    taut.Server("--chat", "--threads", threads) as server:
                run(check(server.url))


class Compression(unittest.TestCase):
    def test_it_is_agreed_only_when_switched_on(self):
        for arguments, word in (((), b"* open\n"), (("--compress",), b"* open, compressed\n")):
            with taut.Server(*arguments) as server:
                client = taut.connect(server.url, "-v", "-m", "x" * 1000, "-n", "1")
                self.assertEqual(client.stdout, b"x" * 1000 + b"\n")
                self.assertIn(word, client.stderr)


class Subprotocols(unittest.TestCase):
    def test_the_best_common_one_is_agreed(self):
        with taut.Server("--subprotocol", "b", "--subprotocol", "a") as server:
            client = taut.connect(server.url, "-s", "a", "-s", "b", "--json", "-m", "x", "-n", "1")
            self.assertEqual(taut.events(client)[0]["subprotocol"], "b")

    def test_one_that_the_server_does_not_choose_is_told_with_the_rest_of_the_story(self):
        with taut.Server("--echo") as server:
            told = b"the server chose no subprotocol"
            client = taut.connect(server.url, "-v", "-s", "a")
            self.assertEqual((client.returncode, client.stderr.count(told)), (0, 1))
            self.assertNotIn(told, taut.connect(server.url, "-s", "a").stderr)
            self.assertNotIn(told, taut.connect(server.url, "-v").stderr)


class Credentials(unittest.TestCase):
    def test_those_that_are_not_accepted_are_told_so(self):
        told = "it did not accept the credentials that were sent; it takes Basic"
        with taut.Server("--auth", "me:secret") as server:
            address = f"127.0.0.1:{server.port}/"
            for url, *options in ((address, "--auth", "me:wrong"),
                                  (address, "--bearer-env", "WRONG_TOKEN"),
                                  (address, "-H", "authorization: Basic wrong"),
                                  ("ws://me:wrong@" + address,)):
                for verb in ("connect", "probe"):
                    process = subprocess.run([taut.TAUT, verb, url, *options], text=True,
                                             capture_output=True, stdin=subprocess.DEVNULL,
                                             env=dict(os.environ, WRONG_TOKEN="wrong"),
                                             timeout=taut.LIMIT)
                    self.assertEqual(process.returncode, 5, process.stderr)
                    self.assertIn(told, process.stdout + process.stderr, (verb, options))
            asked = taut.connect(server.url)
            self.assertIn(b"it wants to know who you are: --auth or --bearer-env", asked.stderr)


class Tls(unittest.TestCase):
    def test_a_certificate_of_its_own_shows_its_fingerprint(self):
        process, url = serve(self, "--tls-self-signed")
        self.assertTrue(url.startswith("wss://"))
        fingerprint = process.stderr.readline()
        self.assertRegex(fingerprint, r"SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$")
        client = taut.connect(url, "--insecure", "-m", "x", "-n", "1")
        self.assertEqual(client.stdout, b"x\n", client.stderr)

    def test_a_certificate_of_its_own_comes_with_the_line_that_trusts_it(self):
        path = os.path.dirname(taut.TAUT) + ":" + os.environ["PATH"]
        for host, shown in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("0.0.0.0", "localhost")):
            process, _ = serve(self, "--tls-self-signed", "--host", host)
            process.stderr.readline()  # the fingerprint
            line = process.stderr.readline().rstrip("\n")
            self.assertIn(f"wss://{shown}:", line)
            wrong = re.sub(r"--pin \S", "--pin " + ("B" if "--pin A" in line else "A"), line)
            for command, code, output in ((line, 0, b"x\n"), (wrong, 4, b"")):
                client = subprocess.run(["bash", "-c", command + " -m x -n 1"], timeout=taut.LIMIT,
                                        env=dict(os.environ, PATH=path), capture_output=True,
                                        stdin=subprocess.DEVNULL)
                self.assertEqual((client.returncode, client.stdout), (code, output), client.stderr)
                self.assertNotIn(b"warning", client.stderr)

    def test_a_hangup_reads_the_certificate_again(self):
        with taut.Files() as files:
            process, url = serve(self, "--tls-cert", files.certificate, "--tls-key", files.key)
            taut.make_certificate(files.folder.name)
            process.send_signal(signal.SIGHUP)
            self.assertIn("read again", process.stderr.readline())
            client = taut.connect(url, "--cacert", files.certificate, "-m", "x", "-n", "1")
            self.assertEqual(client.stdout, b"x\n", client.stderr)
            os.unlink(files.certificate)
            process.send_signal(signal.SIGHUP)
            self.assertIn("the old certificates stay in use", process.stderr.readline())

    def test_a_hangup_finds_nothing_to_read_where_no_certificate_is_from_a_file(self):
        for options in ((), ("--tls-self-signed",)):
            process, _ = serve(self, *options)
            if options:
                self.assertIn("SHA-256", process.stderr.readline())
                self.assertIn("--pin", process.stderr.readline())
            process.send_signal(signal.SIGHUP)
            self.assertIn("nothing to read again", process.stderr.readline())


class Ending(unittest.TestCase):
    def test_every_connection_is_told_that_the_server_goes_away(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process, url = serve(self)

            async def check(url=url, process=process, number=number):
                async with websockets.connect(url) as ws:
                    process.send_signal(number)
                    await ws.wait_closed()
                    self.assertEqual(ws.close_code, 1001)
            run(check())
            self.assertEqual(process.wait(taut.LIMIT), 0)

    def test_a_signal_that_means_nothing_does_not_make_it_deaf(self):
        process, _ = serve(self)
        process.send_signal(signal.SIGUSR2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(taut.LIMIT), 0)

    def test_a_second_signal_ends_at_once(self):
        for second, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(second=second):
                self.check_second_signal(second, code)

    def check_second_signal(self, second, code):
        process, url = serve(self)
        with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as stubborn:
            lines = "".join(f"{name}: {value}\r\n" for name, value in UPGRADE.items())
            stubborn.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
            self.assertIn(b"101", stubborn.recv(4096))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(stubborn.recv(4096)[:1], b"\x88")  # and no answer to it
            process.send_signal(second)
            self.assertEqual(process.wait(5), code)


if __name__ == "__main__":
    unittest.main(verbosity=2)
