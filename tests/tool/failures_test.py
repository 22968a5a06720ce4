# SPDX-License-Identifier: MIT
"""What `taut connect` says, and tells the shell, when there is no connection."""

import base64
import http
import socket
import subprocess
import unittest

from raw_servers import Rude
from support import HandlerServer, echo, taut

class Failures(unittest.TestCase):
    def fails(self, code, words, *arguments):
        process = subprocess.run([taut.TAUT, *arguments], input=b"", capture_output=True,
                                 timeout=taut.LIMIT)
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertIn(words, process.stderr.decode())
        return process

    def test_bad_urls_are_explained(self):
        self.fails(2, "fragment", "connect", "ws://localhost/#x")
        self.fails(2, "", "connect", "ftp://localhost/")
        self.fails(2, "scheme", "connect", "wss+unix:/x")
        for url in ("ws:/x", "http:/x"):
            self.fails(2, "no scheme with two slashes: begin it with ws://", "connect", url)
        self.fails(2, "", "connect", "ws://local host/")

    def test_a_refused_connection_is_explained(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            url = f"ws://127.0.0.1:{port}/"
            self.fails(3, "cannot connect (Connection refused)", "connect", url)

    def test_an_explanation_that_cannot_be_written_changes_nothing(self):
        for words, code in ((["ws://127.0.0.1:1/"], 3), (["ws://local host/"], 2)):
            with open("/dev/full", "wb") as full:
                process = subprocess.run([taut.TAUT, "connect", *words], stdin=subprocess.DEVNULL,
                                         stderr=full, timeout=taut.LIMIT)
            self.assertEqual(process.returncode, code)

    def test_a_name_that_does_not_exist_is_explained(self):
        self.fails(3, "no-such-host.invalid", "connect", "ws://no-such-host.invalid/")

    def test_a_server_that_says_no_is_shown(self):
        async def refuse(path, headers):
            body = b"members \x1b[31monly"
            return http.HTTPStatus.FORBIDDEN, [("Content-Type", "text/plain")], body
        with HandlerServer(echo, process_request=refuse) as server:
            where = server.url.removeprefix("ws://").rstrip("/")
            process = self.fails(5, f"handshake: {where} answered 403", "connect", server.url)
            self.assertIn(b"members \\e[31monly", process.stderr)
            with_json = taut.connect(server.url, "--json")
            self.assertEqual(taut.events(with_json)[-1]["status"], 403)

    def test_a_server_that_says_nothing_is_a_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"ws://127.0.0.1:{silent.getsockname()[1]}/"
            self.fails(6, "--handshake-timeout", "connect", url, "--handshake-timeout", "300ms")

    def test_a_certificate_of_nobody_is_explained(self):
        with taut.Files() as files, taut.Server("--tls-cert", files.certificate, "--tls-key",
                                                files.key) as server:
            self.fails(4, "--cacert", "connect", server.url)
            for trust in (["--cacert", files.certificate], ["--insecure"]):
                process = taut.connect(server.url, *trust, "-m", "x", "-n", "1")
                self.assertEqual((process.returncode, process.stdout), (0, b"x\n"), process.stderr)
                warned = b"warning: --insecure: no certificate is verified" in process.stderr
                self.assertEqual(warned, trust == ["--insecure"], process.stderr)

    def test_a_wrong_key_comes_with_no_advice_that_cannot_help(self):
        pin = base64.b64encode(bytes(32)).decode()
        with taut.Files() as files, taut.Server("--tls-cert", files.certificate, "--tls-key",
                                                files.key) as server:
            process = self.fails(4, "has a pinned key (--pin)", "connect", server.url, "--cacert",
                                 files.certificate, "--pin", pin)
            self.assertNotIn(b"--insecure", process.stderr)
            self.assertNotIn(b"--cacert", process.stderr)

    def test_a_port_that_speaks_tls_is_recognised(self):
        with taut.Server("--tls-self-signed") as server:
            self.fails(5, "Is it wss://?", "connect", server.url.replace("wss:", "ws:"))

    @taut.needs_http2
    def test_http2_that_cannot_do_it_is_told_before_an_address_where_nothing_listens(self):
        with taut.Server("--tls-self-signed", "--no-http2-websockets") as server:
            url = f"wss://localhost:{server.port}/"
            process = self.fails(5, "takes no WebSockets over HTTP/2", "connect", url, "-k",
                                 "--http", "2")
            self.assertIn(b"Allow HTTP/1.1 (--http auto)", process.stderr)

    def test_the_lines_of_several_attempts_are_theirs(self):
        with taut.Server("--echo") as server:
            process = taut.connect(f"ws://localhost:{server.port}/", "-v")
            story = process.stderr.decode()
            if "* attempt 2: 127.0.0.1" not in story:
                self.skipTest("localhost is not two addresses here")
            self.assertEqual(process.returncode, 0, story)
            for line in (f"* [::1]:{server.port} failed: ", "* [2] connected to 127.0.0.1:",
                         "* [2] asked for the WebSocket", "* [2] answered", "* attempt 2 won"):
                self.assertIn(line, story)

    def test_an_alert_and_a_reset_may_come_of_a_port_that_speaks_tls(self):
        alert = b"\x15\x03\x01\x00\x02\x02\x46"
        for answer in (alert, b""):
            with Rude(answer) as server:
                self.fails(5, "Is it wss://?", "connect", server.url)

    def test_an_answer_in_http_is_not_taken_for_tls(self):
        with Rude(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9) as server:
            process = self.fails(5, "too many interim responses", "connect", server.url)
            self.assertNotIn(b"wss://", process.stderr)

    def test_a_redirect_that_is_not_followed_says_which_option_does(self):
        answer = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
        with Rude(answer) as server:
            self.fails(5, "it points to /x; -L follows it", "connect", server.url)

    def test_a_refusal_names_its_address_and_the_other_attempts(self):
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n"
        with Rude(answer) as server:
            port = server.url.split(":")[2].strip("/")
            process = self.fails(5, f"localhost:{port} (127.0.0.1) answered 403", "connect",
                                 f"ws://localhost:{port}/")
            lines = process.stderr.decode().splitlines()
            self.assertIn("  no", lines)
            self.assertNotIn("  ", lines)
            if len(lines) == 4:
                self.assertRegex(lines[3], "^  Tried: attempt 1 .*Connection refused.*; attempt 2 ")

    def test_a_name_server_that_is_silent_is_told_of(self):
        with socket.socket(type=socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            process = taut.connect("ws://name.test/", "-v", "--dns-servers",
                                   f"127.0.0.1:{silent.getsockname()[1]}",
                                   "--handshake-timeout", "300ms")
        self.assertEqual(process.returncode, 6, process.stderr)
        story = process.stderr.decode().splitlines()
        self.assertEqual(
            story[:2], ["* asking for AAAA of name.test", "* asking for A of name.test"]
        )
        self.assertIn("* AAAA of name.test: no answer yet", story)
        self.assertIn("* A of name.test: no answer yet", story)

    def test_a_certificate_that_the_server_wants_is_explained(self):
        with taut.Files() as files, taut.Server("--tls-cert", files.certificate, "--tls-key",
                                                files.key, "--client-ca",
                                                files.certificate) as server:
            for version in ("1.1", "2") if taut.HTTP2 else ("1.1",):
                self.fails(4, "--cert FILE", "connect", server.url, "--cacert", files.certificate,
                           "--http", version)

    def test_a_certificate_that_the_server_does_not_accept_is_not_asked_for_again(self):
        with taut.Files() as files, taut.Files() as others, \
                taut.Server("--tls-cert", files.certificate, "--tls-key", files.key,
                            "--client-ca", files.certificate) as server:
            process = self.fails(4, "did not accept the one given with --cert", "connect",
                                 server.url, "--cacert", files.certificate,
                                 "--cert", others.certificate, "--key", others.key)
            self.assertNotIn(b"--cert FILE", process.stderr)

    def test_mistakes_of_the_command_line_are_explained(self):
        self.fails(2, "--no-such", "connect", "ws://x/", "--no-such")
        self.fails(2, "Name: value", "connect", "ws://x/", "-H", "nonsense")
        self.fails(2, "20s", "connect", "ws://x/", "--timeout", "soon")


if __name__ == "__main__":
    unittest.main(verbosity=2)
