#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What servers answer instead of 101: redirects, 401, 407 and nonsense, over real connections.
Rows H15 and H22 of the attacks."""

import base64
import contextlib
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "conformance"))
from certificate import make_certificate  # noqa: E402
from wire import accept_of  # noqa: E402

TAUT = os.environ.get("TAUT", str(pathlib.Path(__file__).parents[2] / "build/release/bin/taut"))
PROBE = pathlib.Path(os.environ.get("TAUTLINE_BIN", pathlib.Path(TAUT).parent)) / "hooks_probe"
LIMIT = 60
BAD, GOOD = "Basic dTpx", "Basic dTpw"  # what hooks_probe answers first, and then
REFUSED = 5  # the exit code where the server does not open
SECRETS = {
    "Authorization": "Bearer s3cret-one",
    "Cookie": "session=s3cret-two",
    "Proxy-Authorization": "Basic s3cret-three",
    "X-Api-Key": "s3cret-four",
}


class Request:
    def __init__(self, head):
        line, *fields = head.decode("latin-1").split("\r\n")
        self.path = line.split()[1]
        self.fields = {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}

    def __getitem__(self, name):
        return self.fields.get(name.lower())


def answer(status, *fields, body=b""):
    lines = [f"HTTP/1.1 {status} Whatever", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location, status=302):
    return answer(status, f"Location: {location}")


def open_and_close(request):
    """Takes the WebSocket, and ends it in order."""
    accept = accept_of(request["Sec-WebSocket-Key"].encode()).decode()
    fields = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    return b"HTTP/1.1 101 Switching\r\n" + fields.encode() + b"\x88\x02\x03\xe8"


class Server:
    """Answers each request with what `answers[path]` is, or makes of it: bytes, or several in an
    iterable. `requests` has all that came."""

    def __init__(self, answers, tls=None):
        self.answers, self.requests = answers, []
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.url = f"{'wss' if tls else 'ws'}://localhost:{port}"

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError, IndexError), client:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(65536) or [][0]
            request = Request(head[:-4])
            self.requests.append(request)
            made = self.answers[request.path]
            made = made(request) if callable(made) else made
            for piece in [made] if isinstance(made, bytes) else made:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass


def connect(url, *options):
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    command = [TAUT, "connect", url, "--on-eof", "wait", *options]
    return subprocess.run(
        command, input="", capture_output=True, text=True, timeout=LIMIT, env=clean
    )


class Redirects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.tls = make_certificate(cls.folder)
        cls.trust = ["--cacert", cls.tls[0]]

    def assert_opens(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_refused(self, result, words=""):
        self.assertEqual(result.returncode, REFUSED, result.stderr)
        self.assertIn(words, result.stderr)

    def test_every_kind_is_followed_when_asked_for(self):
        for status in (301, 302, 303, 307, 308):
            answers = {"/": redirect("/there?a=b", status), "/there?a=b": open_and_close}
            with self.subTest(status), Server(answers) as server:
                self.assert_refused(connect(server.url + "/"))
                self.assert_opens(connect(server.url + "/", "-L"))
                self.assertEqual([each.path for each in server.requests], ["/", "/", "/there?a=b"])

    def test_other_kinds_are_not_followed(self):
        for status in (300, 304, 305, 306):
            with self.subTest(status), Server({"/": redirect("/there", status)}) as server:
                self.assert_refused(connect(server.url + "/", "-L"))
                self.assertEqual(len(server.requests), 1)

    def headers(self):
        return [word for pair in SECRETS.items() for word in ("-H", ": ".join(pair))]

    def test_the_same_origin_is_told_all(self):
        with Server({"/": redirect("/there"), "/there": open_and_close}) as server:
            self.assert_opens(connect(server.url + "/", "-L", *self.headers()))
            for name, value in SECRETS.items():
                self.assertEqual(server.requests[1][name], value)

    def test_row_h22_another_origin_is_told_no_secret(self):
        with Server({"/": open_and_close}) as other:
            with Server({"/": redirect(other.url + "/")}) as server:
                self.assert_opens(connect(server.url + "/", "-L", *self.headers()))
                self.assertNotIn("s3cret", str(other.requests[0].fields))
                self.assert_opens(connect(server.url + "/", "-L", "--auth", "u:s3cret"))
                self.assertIsNotNone(server.requests[1]["Authorization"])
                self.assertIsNone(other.requests[1]["Authorization"])

    def test_row_h22_the_way_back_is_told_no_secret_either(self):
        with Server({}) as other, Server({"/end": open_and_close}) as server:
            server.answers["/"] = redirect(other.url + "/")
            other.answers["/"] = redirect(server.url + "/end")
            self.assert_opens(connect(server.url + "/", "-L", *self.headers()))
            self.assertNotIn("s3cret", str(server.requests[1].fields))

    def test_row_h22_a_secret_in_the_location_is_not_sent(self):
        with Server({"/": open_and_close}) as other:
            location = other.url.replace("://", "://user:s3cret@") + "/"
            with Server({"/": redirect(location)}) as server:
                result = connect(server.url + "/", "-L")
                self.assertNotIn("s3cret", result.stderr)
                self.assertNotIn("s3cret", str([each.fields for each in other.requests]))

    def test_row_h22_security_is_not_given_up(self):
        with Server({"/": open_and_close}) as plain:
            with Server({"/": redirect(plain.url + "/")}, self.tls) as server:
                self.assert_refused(connect(server.url + "/", "-L", *self.trust), "not followed")
                self.assertEqual(plain.requests, [])

    def test_security_may_be_gained(self):
        with Server({"/": open_and_close}, self.tls) as secure:
            for scheme in ("wss", "https"):
                location = secure.url.replace("wss", scheme) + "/"
                with Server({"/": redirect(location)}) as server:
                    self.assert_opens(connect(server.url + "/", "-L", *self.trust))

    def test_row_h15_a_circle_ends(self):
        with Server({"/": redirect("/b"), "/b": redirect("/")}) as server:
            self.assert_refused(connect(server.url + "/", "-L"), "not followed")
            self.assertEqual(len(server.requests), 2)

    def test_row_h22_the_sixth_is_not_followed(self):
        answers = {f"/{i}": redirect(f"/{i + 1}") for i in range(11)}
        with Server({**answers, "/11": open_and_close}) as server:
            self.assert_refused(connect(server.url + "/0", "-L"), "not followed")
            self.assertEqual(len(server.requests), 6)
            self.assert_opens(connect(server.url + "/6", "-L"))

    def test_row_h22_other_schemes_are_not_followed(self):
        for location in ("file:///etc/passwd", "http+unix://%2Fx/", "ftp://x/", "ws+unix:/x:/"):
            with self.subTest(location), Server({"/": redirect(location)}) as server:
                self.assert_refused(connect(server.url + "/", "-L"), "not followed")

    def test_a_redirect_to_nowhere_is_not_followed(self):
        two = answer(302, "Location: /a", "Location: /b")
        for nonsense in (answer(302), two, redirect("//["), redirect("http://")):
            with Server({"/": nonsense}) as server:
                self.assert_refused(connect(server.url + "/", "-L"), "not followed")


class Refusals(unittest.TestCase):
    def assert_fails(self, made, code=REFUSED, words=""):
        with Server({"/": made}) as server:
            result = connect(server.url + "/", "-L", "--handshake-timeout", "10s")
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stdout, "")

    def test_a_password_is_sent_unasked(self):
        with Server({"/": open_and_close}) as server:
            self.assertEqual(connect(server.url + "/", "--auth", "u:pässword").returncode, 0)
            expected = "Basic " + base64.b64encode("u:pässword".encode()).decode()
            self.assertEqual(server.requests[0]["Authorization"], expected)

    def test_the_tool_speaks_basic_to_itself(self):
        command = [TAUT, "serve", "--port", "0", "--auth", "u:p"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            url = server.stdout.readline().split()[-1]
            codes = [
                connect(url, "-m", "x", "-n", "1", *options).returncode
                for options in ((), ("--auth", "u:q"), ("--auth", "u:p"))
            ]
            server.terminate()
        self.assertEqual(codes, [REFUSED, REFUSED, 0])

    def test_401_says_how_to_go_on(self):
        self.assert_fails(answer(401, 'WWW-Authenticate: Basic realm="x"'), words="--auth")

    def test_401_that_stays_is_asked_once(self):
        with Server({"/": answer(401, 'WWW-Authenticate: Basic realm="x"')}) as server:
            self.assertEqual(connect(server.url + "/", "--auth", "u:p").returncode, REFUSED)
            self.assertEqual(len(server.requests), 1)

    def test_407_of_a_server_is_a_refusal_like_others(self):
        with Server({"/": answer(407, 'Proxy-Authenticate: Basic realm="x"')}) as server:
            result = connect(server.url + "/", "-H", "Authorization: Basic s3cret")
            self.assertEqual(result.returncode, REFUSED, result.stderr)
            self.assertIsNone(server.requests[0]["Proxy-Authorization"])

    def test_row_h15_success_without_a_switch_is_none(self):
        for status in (200, 204, 226, 404, 501, 599):
            self.assert_fails(answer(status, body=b"" if status == 204 else b"hello"))

    def test_row_h15_101_that_does_not_switch_is_none(self):
        def without(part):
            return lambda request: open_and_close(request).replace(part, b"")

        for part in (b"Upgrade: websocket\r\n", b"Connection: Upgrade\r\n"):
            self.assert_fails(without(part))

    def test_row_h15_101_with_a_body_is_none(self):
        for field in (b"Content-Length: 4\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
            self.assert_fails(
                lambda request: open_and_close(request).replace(b"\r\n\r\n", b"\r\n" + field)
            )

    def test_row_h15_some_interim_answers_are_read_over(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
        with Server({"/": lambda request: hints * 3 + open_and_close(request)}) as server:
            self.assertEqual(connect(server.url + "/").returncode, 0)

    def test_row_h15_interim_answers_without_end_are_not(self):
        def chain(request):
            while True:
                yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100

        self.assert_fails(chain)

    def test_row_h15_heads_without_end_are_not_read(self):
        def flood(start):
            def pieces(request):
                yield start
                while True:
                    yield b"x" * 65536

            return pieces

        for start in (b"HTTP/1.1 101 ", b"HTTP/1.1 101 S\r\nA: ", b""):
            self.assert_fails(flood(start))

    def test_a_body_in_chunks_is_told_without_its_framing(self):
        head = b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"
        with Server({"/": head + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"}) as server:
            result = connect(server.url + "/", "--json")
            self.assertIn('"body":"hello world"', result.stdout + result.stderr)

    def test_row_h15_a_huge_body_is_not_read(self):
        sent = []

        def huge(request):
            yield b"HTTP/1.1 403 No\r\nContent-Length: 10000000000\r\n\r\n"
            for _ in range(1000):
                sent.append(1)
                yield b"x" * 65536

        self.assert_fails(huge)
        self.assertLess(len(sent), 500)

    def test_row_h15_a_body_that_drips_does_not_hold(self):
        def drip(request):
            yield b"HTTP/1.1 403 No\r\nContent-Length: 1000\r\n\r\nx"
            held.wait(LIMIT)

        held = threading.Event()
        self.addCleanup(held.set)
        self.assert_fails(drip)


class Hooks(unittest.TestCase):
    """What only applications can say: hooks_probe has a hook of each kind."""

    def run_probe(self, url):
        done = subprocess.run([PROBE, url], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def guarded(self, request):
        challenge = answer(401, 'WWW-Authenticate: Digest realm="a", Basic realm="b"')
        return open_and_close(request) if request["Authorization"] == GOOD else challenge

    def test_a_challenge_is_answered_until_it_is_good(self):
        with Server({"/": self.guarded}) as server:
            self.assertEqual(
                self.run_probe(server.url + "/"), ["401 /", "401 /", "101 /", "open", "closed"]
            )
            sent = [each["Authorization"] for each in server.requests]
            self.assertEqual(sent, [None, BAD, GOOD])

    def test_a_challenge_is_answered_three_times_at_most(self):
        with Server({"/": answer(401, "WWW-Authenticate: Basic")}) as server:
            self.assertIn("failed: the server answered 401", self.run_probe(server.url + "/")[-1])
            self.assertEqual(len(server.requests), 4)

    def test_a_challenge_that_nobody_can_answer_is_a_refusal(self):
        for challenge in ("Digest realm=x", 'Basic realm="x', "Negotiate"):
            with Server({"/": answer(401, f"WWW-Authenticate: {challenge}")}) as server:
                self.run_probe(server.url + "/")
                self.assertEqual(len(server.requests), 1)

    def test_row_h22_what_one_origin_was_told_is_not_told_to_another(self):
        with Server({"/": open_and_close}) as other:
            leave = redirect(other.url + "/")
            with Server({"/": self.guarded}) as server:
                guarded = self.guarded
                server.answers["/"] = lambda request: (
                    leave if request["Authorization"] == GOOD else guarded(request)
                )
                self.assertEqual(self.run_probe(server.url + "/")[-2:], ["open", "closed"])
            self.assertIsNone(other.requests[0]["Authorization"])

    def test_cookies_come_back_on_the_next_request(self):
        first = answer(302, "Location: /there", "Set-Cookie: a=b")
        with Server({"/": first, "/there": open_and_close}) as server:
            self.assertIn("open", self.run_probe(server.url + "/"))
            self.assertEqual([each["Cookie"] for each in server.requests], [None, "a=b"])

    def test_a_server_that_wants_its_cookie_back_at_the_same_place_gets_it(self):
        wall = answer(302, "Location: /", "Set-Cookie: a=b")
        made = {"/": lambda request: open_and_close(request) if request["Cookie"] else wall}
        with Server(made) as server:
            self.assertIn("open", self.run_probe(server.url + "/"))
            self.assertEqual([each["Cookie"] for each in server.requests], [None, "a=b"])

    def test_row_h15_a_circle_ends_that_no_cookie_ends(self):
        with Server({"/": answer(302, "Location: /", "Set-Cookie: a=b")}) as server:
            self.assertIn("too often", self.run_probe(server.url + "/")[-1])
            self.assertEqual(len(server.requests), 6)

    def test_interceptors_see_every_request_and_answer(self):
        with Server({"/": redirect("/there"), "/there": open_and_close}) as server:
            lines = self.run_probe(server.url + "/")
            self.assertEqual(lines, ["302 /", "101 /there", "open", "closed"])
            self.assertEqual([each["X-Trace"] for each in server.requests], ["7", "7"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
