# SPDX-License-Identifier: MIT
"""curl as an independent HTTP/1.1 client. Debian 12's curl has no ws://, so it does the opening
handshake as plain HTTP and shows the bytes that follow."""

import subprocess
import unittest

import taut
import wire
from closing import REASON


def curl(*arguments):
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "20", *arguments], capture_output=True
    )


UPGRADE = [
    "--include",
    "--http1.1",
    "-H",
    "Connection: Upgrade",
    "-H",
    "Upgrade: websocket",
    "-H",
    "Sec-WebSocket-Version: 13",
    "-H",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]


@taut.needs_program("curl")
class Curl(unittest.TestCase):
    def test_gets_the_page_and_health_on_the_same_port(self):
        with taut.Server("--echo") as server:
            url = f"http://127.0.0.1:{server.port}"
            page = curl("--include", url + "/")
            self.assertTrue(page.stdout.startswith(b"HTTP/1.1 200 OK\r\n"))
            self.assertIn(b"<!doctype html>", page.stdout.lower())
            self.assertEqual(curl(url + "/health").stdout.strip(), b"ok")

    def test_head_has_no_body(self):
        with taut.Server("--echo") as server:
            head = curl("--head", f"http://127.0.0.1:{server.port}/")
            self.assertEqual(head.returncode, 0, head.stderr)
            self.assertIn(b"Content-Length: ", head.stdout)

    def test_reuses_a_connection_for_several_requests(self):
        with taut.Server("--echo") as server:
            url = f"http://127.0.0.1:{server.port}/health"
            both = curl("--write-out", "%{num_connects} ", url, url)
            self.assertEqual(both.stdout.split(), [b"ok", b"1", b"ok", b"0"], both.stderr)

    def test_gets_the_accept_value_of_the_rfc(self):
        with taut.Server("--echo") as server:
            answer = curl("--max-time", "1", *UPGRADE, f"http://127.0.0.1:{server.port}/")
            self.assertIn(b"HTTP/1.1 101 Switching Protocols\r\n", answer.stdout)
            self.assertIn(b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer.stdout)

    def test_is_told_the_right_version(self):
        with taut.Server("--echo") as server:
            wrong = [item.replace("Version: 13", "Version: 12") for item in UPGRADE]
            answer = curl(*wrong, f"http://127.0.0.1:{server.port}/")
            self.assertTrue(answer.stdout.startswith(b"HTTP/1.1 426 "))
            self.assertIn(b"Sec-WebSocket-Version: 13\r\n", answer.stdout)

    def test_of_another_origin_is_refused(self):
        with taut.Server("--echo") as server:
            answer = curl(
                *UPGRADE, "-H", "Origin: https://evil.example", f"http://127.0.0.1:{server.port}/"
            )
            self.assertTrue(answer.stdout.startswith(b"HTTP/1.1 403 "))

    def test_talks_tls_with_verification(self):
        with taut.Files() as files, taut.Server(
            "--echo", "--tls-cert", files.certificate, "--tls-key", files.key
        ) as server:
            for version in ("--tlsv1.2", "--tlsv1.3"):
                good = curl(
                    "--cacert",
                    files.certificate,
                    version,
                    f"https://localhost:{server.port}/health",
                )
                self.assertEqual(good.stdout.strip(), b"ok", good.stderr)


@taut.needs_program("curl")
class Closes(unittest.TestCase):
    """It shows a Close, but cannot answer: whatever the code is, the end is not clean."""

    def shown(self, url, size, *words):
        process = subprocess.Popen(
            ["curl", "--silent", "--no-buffer", "--max-time", str(taut.LIMIT)]
            + [*words, *UPGRADE[1:], url],
            stdout=subprocess.PIPE,
        )
        with process:
            shown = process.stdout.read(size)
            process.kill()
        return shown

    def check(self, files, scheme, *words):
        with taut.ClosingServer(files) as server:
            for code in taut.CLOSE_CODES:
                payload = wire.close_payload(code, REASON.encode())
                frame = wire.frame(wire.CLOSE, payload, masked=False)
                url = f"{scheme}://localhost:{server.port}/close/{code}"
                self.assertEqual(self.shown(url, len(frame), *words), frame)
        ends = [f"GET us {code} {code} unclean closed_early {REASON}" for code in taut.CLOSE_CODES]
        self.assertCountEqual(server.ends, ends)

    def test_shows_every_code(self):
        self.check(None, "http")

    def test_shows_every_code_over_tls(self):
        with taut.Files() as files:
            self.check(files, "https", "--cacert", files.certificate)


class Http:
    """The requests that are no WebSockets, answered in the same words by every version."""

    @classmethod
    def setUpClass(cls):
        files = cls.enterClassContext(taut.Files())
        cls.trust = ["--cacert", files.certificate]
        cls.server = cls.enterClassContext(
            taut.Server("--echo", "--tls-cert", files.certificate, "--tls-key", files.key)
        )

    def ask(self, path, *arguments):
        """Version, status, fields and body."""
        url = f"https://localhost:{self.server.port}{path}"
        answer = curl(self.version, "--include", *self.trust, *arguments, url)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        head, body = answer.stdout.decode().split("\r\n\r\n", 1)
        first, *lines = head.split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.assertEqual(first.split()[0], self.name)
        return int(first.split()[1]), fields, body

    def test_gets_the_page_and_its_health(self):
        status, fields, body = self.ask("/")
        self.assertEqual((status, fields["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("<!doctype html>", body.lower())
        self.assertEqual(int(fields["content-length"]), len(body.encode()))
        self.assertEqual(self.ask("/health")[::2], (200, "ok\n"))

    def test_gets_only_the_head_by_head(self):
        status, fields, body = self.ask("/health", "--head")
        self.assertEqual((status, fields["content-length"], body), (200, "3", ""))

    def test_may_not_post(self):
        for size in (1, 100_000):
            status, fields, _ = self.ask("/health", "-H", "Expect:", "--data", "x" * size)
            self.assertEqual((status, fields["allow"]), (405, "GET, HEAD"))

    def test_may_not_get_with_a_body(self):
        self.assertEqual(self.ask("/health", "--request", "GET", "--data", "x")[0], 413)

    def test_is_told_how_a_websocket_is_asked_for(self):
        status, fields, _ = self.ask("/chat")
        self.assertEqual((status, fields[self.hint[0]]), (self.hint[1], self.hint[2]))

    def test_reuses_a_connection_for_several_requests(self):
        url = f"https://localhost:{self.server.port}/health"
        both = curl(self.version, *self.trust, "--write-out", "%{num_connects} ", url, url)
        self.assertEqual(both.stdout.split(), [b"ok", b"1", b"ok", b"0"], both.stderr)


@taut.needs_program("curl")
class Http1(Http, unittest.TestCase):
    version, name = "--http1.1", "HTTP/1.1"
    hint = ("upgrade", 426, "websocket")


if __name__ == "__main__":
    unittest.main(verbosity=2)
