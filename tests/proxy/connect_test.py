#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`taut connect` to `taut serve` through real proxies, over ws and wss."""

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

import proxies

TAUT = os.environ["TAUT"]
LIMIT = 60


class Server:
    """`taut serve --echo`; with TLS its certificate is in `certificate`."""

    def __init__(self, tls=False):
        self.folder = tempfile.TemporaryDirectory()
        command = [TAUT, "serve", "--echo", "--port", "0"]
        self.certificate = None
        if tls:
            self.certificate, key = proxies.make_certificate(self.folder.name)
            command += ["--tls-cert", self.certificate, "--tls-key", key]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(LIMIT)
        self.process.stdout.close()
        self.folder.cleanup()


class Origin:
    """Keeps the request of a client in `head`, and refuses it."""

    def __init__(self, tls):
        self.tls, self.head, self.certificate = tls, "", None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.listener = socket.create_server(("127.0.0.1", 0))
        if self.tls:
            self.certificate, key = proxies.make_certificate(self.folder.name)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            self.listener = context.wrap_socket(self.listener, server_side=True)
        port = self.listener.getsockname()[1]
        self.url = f"{'wss' if self.tls else 'ws'}://127.0.0.1:{port}/"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def serve(self):
        client, _ = self.listener.accept()
        with client:
            while "\r\n\r\n" not in self.head and (more := client.recv(65536)):
                self.head += more.decode()
            client.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

    def __exit__(self, *_):
        self.thread.join(LIMIT)
        self.listener.close()
        self.folder.cleanup()


class Strict:
    """An https proxy that makes no tunnel: it wants a certificate of the client first."""

    def __init__(self, version):
        self.version = version

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.certificate, self.key = proxies.make_certificate(self.folder.name)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = self.version
        self.context.load_cert_chain(self.certificate, self.key)
        self.context.load_verify_locations(self.certificate)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def serve(self):
        client, _ = self.listener.accept()
        client.settimeout(LIMIT)
        with contextlib.suppress(OSError), client:
            self.context.wrap_socket(client, server_side=True).close()

    def __exit__(self, *_):
        self.thread.join(LIMIT)
        self.listener.close()
        self.folder.cleanup()


def connect(server, *options, environment=None):
    trust = ["--cacert", server.certificate] if server.certificate else []
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(
        [TAUT, "connect", server.url, *trust, *options],
        input="hello\n",
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=clean | (environment or {}),
    )


class ThroughProxies(unittest.TestCase):
    def assert_echoes(self, result):
        self.assertEqual((result.returncode, result.stdout), (0, "hello\n"), result.stderr)

    def fails(self, result, why, code=3):
        """On the way, at the proxy: the server heard nothing."""
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertRegex(result.stderr, rf"taut: proxy: .*{why}")

    def each_server(self, *options, environment=None):
        for tls in (False, True):
            with self.subTest(tls=tls), Server(tls) as server:
                self.assert_echoes(connect(server, "-n", "1", *options, environment=environment))

    def test_http_without_a_password(self):
        with proxies.Squid() as proxy:
            self.each_server("--proxy", proxy.url)
            self.assertIn("CONNECT", proxy.log(wanted="CONNECT"))

    def test_http_with_a_password(self):
        with proxies.Squid(user="u", password="p-w") as proxy:
            self.each_server("--proxy", proxy.url)

    def test_http_without_its_password_fails_and_says_so(self):
        with proxies.Squid(user="u", password="p") as proxy, Server() as server:
            result = connect(server, "--proxy", proxy.bare_url)
            self.fails(result, "the proxy asks for a user and a password")

    def test_a_password_is_never_shown(self):
        with proxies.Squid(user="u", password="s3cret") as proxy, Server() as server:
            wrong = proxy.url.replace("s3cret", "wr0ng")
            result = connect(server, "-v", "--proxy", wrong)
            self.fails(result, "the proxy did not take the user and password")
            self.assertNotIn("wr0ng", result.stderr + result.stdout)

    def test_row_h23_the_password_stays_with_the_proxy(self):
        with proxies.Squid(user="u", password="s3cret") as proxy:
            for tls in (False, True):
                with self.subTest(tls=tls), Origin(tls) as origin:
                    result = connect(origin, "--proxy", proxy.url)
                    self.assertEqual(result.returncode, 5, result.stderr)
                    self.assertTrue(origin.head.startswith("GET / HTTP/1.1\r\n"), origin.head)
                    self.assertNotIn("authorization", origin.head.lower())

    def test_https(self):
        with proxies.Squid(tls=True) as proxy:
            self.each_server("--proxy", proxy.url, "--proxy-cacert", proxy.certificate)

    def test_https_with_a_certificate_that_is_not_trusted(self):
        with proxies.Squid(tls=True) as proxy, Server() as server:
            for more in ([], ["--insecure"], ["--cacert", proxy.certificate]):
                result = connect(server, "--proxy", proxy.url + "; DIRECT", *more)
                self.fails(result, "the certificate of the proxy is refused: .*self-signed", code=4)
                self.assertIn("(--proxy-cacert)", result.stderr)
                self.assertIn("--insecure is not for proxies", result.stderr)

    def test_https_that_wants_a_certificate_of_the_client(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version), Server(tls=True) as server, Strict(version) as proxy:
                result = connect(server, "--proxy", proxy.url, "--proxy-cacert", proxy.certificate,
                                 "--cert", proxy.certificate, "--key", proxy.key)
                known = version == ssl.TLSVersion.TLSv1_3
                why = "the proxy wants a client certificate" if known else "TLS to the proxy: "
                self.fails(result, why, code=4)
                self.assertNotIn("Give one with --cert", result.stderr)

    def test_https_that_is_http(self):
        with proxies.Squid() as proxy, Server() as server:
            result = connect(server, "--proxy", proxy.url.replace("http:", "https:"))
            self.fails(result, "TLS to the proxy: ", code=4)

    def test_socks(self):
        with proxies.Socks() as proxy:
            for scheme in ("socks5", "socks5h"):
                self.each_server("--proxy", proxy.url.replace("socks5h", scheme))

    def test_socks_with_a_password(self):
        with proxies.Socks(user="u", password="p") as proxy:
            self.each_server("--proxy", proxy.url)

    def test_socks_with_the_wrong_password(self):
        with proxies.Socks(user="u", password="p") as proxy, Server() as server:
            wrong = proxy.url.replace("u:p@", "u:q@")
            result = connect(server, "--proxy", wrong)
            self.fails(result, "the proxy did not take the user and password")

    def test_the_environment(self):
        with proxies.Squid() as proxy:
            self.each_server(environment={"all_proxy": proxy.url})
            self.assertIn("CONNECT", proxy.log(wanted="CONNECT"))

    def test_no_proxy_of_the_environment(self):
        with Server() as server:
            dead = {"all_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.0/8"}
            self.assert_echoes(connect(server, "-n", "1", environment=dead))

    def test_falls_through_to_the_next_route(self):
        with proxies.Squid() as proxy, Server() as server:
            routes = f"http://127.0.0.1:1; {proxy.url}"
            self.assert_echoes(connect(server, "-n", "1", "--proxy", routes))
            self.assert_echoes(connect(server, "-n", "1", "--proxy", "http://127.0.0.1:1; DIRECT"))

    def test_row_h15_a_refusal_whose_rest_does_not_come(self):
        held = threading.Event()
        self.addCleanup(held.set)

        def refuse(listener, answer):
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)
                held.wait(LIMIT)

        with Server() as server:
            for answer, direct in (
                (b"HTTP/1.1 502 Bad\r\nContent-Length: 100\r\n\r\nhello", True),
                (b"HTTP/1.1 403 No\r\n\r\n", False),
            ):
                with socket.create_server(("127.0.0.1", 0)) as listener:
                    threading.Thread(target=refuse, args=(listener, answer), daemon=True).start()
                    routes = f"http://127.0.0.1:{listener.getsockname()[1]}; DIRECT"
                    result = connect(server, "-n", "1", "--proxy", routes)
                    if direct:
                        self.assert_echoes(result)
                    else:
                        self.assertIn("the proxy answered 403", result.stderr)

    def test_row_h23_a_proxy_that_drips_its_answer(self):
        with Server() as server, socket.create_server(("127.0.0.1", 0)) as listener:
            target = server.url.split("/")[2]

            def drip():
                client, _ = listener.accept()
                client.recv(4096)
                for byte in b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n":
                    client.sendall(bytes([byte]))
                host, port = target.split(":")
                upstream = socket.create_connection((host, int(port)))
                for source, sink in ((client, upstream), (upstream, client)):
                    threading.Thread(target=relay, args=(source, sink), daemon=True).start()

            threading.Thread(target=drip, daemon=True).start()
            proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.assert_echoes(connect(server, "-n", "1", "--proxy", proxy))

    def test_row_h23_a_proxy_whose_answer_is_too_large(self):
        with Server() as server, socket.create_server(("127.0.0.1", 0)) as listener:

            def flood():
                client, _ = listener.accept()
                client.recv(4096)
                try:
                    client.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000)
                except OSError:
                    pass

            threading.Thread(target=flood, daemon=True).start()
            proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
            result = connect(server, "--proxy", proxy)
            self.fails(result, "the head of the proxy's answer is over the limit")


def relay(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


if __name__ == "__main__":
    if proxies.missing():
        print("not installed:", ", ".join(proxies.missing()))
        sys.exit(77)
    unittest.main(verbosity=2)
