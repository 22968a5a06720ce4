# SPDX-License-Identifier: MIT
"""The proxies that the end-to-end tests rely on work, as curl sees them."""

import http.server
import os
import subprocess
import sys
import threading
import unittest

import proxies


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


class Origin:
    """A web server behind the proxy."""

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.server.requests = []
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def curl(proxy_url, *arguments):
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["curl", "-sS", "-w", " %{http_connect}", "--max-time", "30", "--proxytunnel",
         "--proxy", proxy_url, *arguments],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip


class Proxies(unittest.TestCase):
    def setUp(self):
        self.origin = self.enterContext(Origin())
        self.page = f"http://127.0.0.1:{self.origin.port}/"

    def check(self, proxy_url, *arguments, connect="200"):
        process = curl(proxy_url, *arguments, self.page)
        self.assertEqual(process.stdout, f"hello {connect}", process.stderr)
        self.assertNotIn("Proxy-Authorization", self.origin.server.requests[-1])

    def check_refused(self, proxy_url, connect, *arguments):
        process = curl(proxy_url, *arguments, self.page)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(process.stdout, f" {connect}", process.stderr)
        self.assertEqual(self.origin.server.requests, [])

    def test_squid_makes_tunnels(self):
        with proxies.Squid() as proxy:
            self.check(proxy.url)
            tunnel = f"CONNECT 127.0.0.1:{self.origin.port}"
            self.assertIn(tunnel, proxy.log(wanted=tunnel))

    def test_squid_refuses_what_its_rules_forbid(self):
        with proxies.Squid() as proxy:
            self.page = "http://forbidden.test:80/"
            self.check_refused(proxy.url, "403")

    def test_squid_wants_the_password(self):
        with proxies.Squid(user="user", password="secret") as proxy:
            self.check_refused(proxy.bare_url, "407")
            self.check_refused(proxy.url_with("user", "wrong"), "407")
            self.check(proxy.url)

    def test_squid_takes_tls(self):
        with proxies.Squid(tls=True) as proxy:
            self.check(proxy.url, "--proxy-cacert", proxy.certificate)
            self.check_refused_without_trust(proxy)

    def check_refused_without_trust(self, proxy):
        self.origin.server.requests.clear()
        self.check_refused(proxy.url, "000")

    def test_squid_takes_tls_and_wants_the_password(self):
        with proxies.Squid(user="user", password="secret", tls=True) as proxy:
            trust = ["--proxy-cacert", proxy.certificate]
            self.check_refused(proxy.bare_url, "407", *trust)
            self.check(proxy.url, *trust)

    def test_socks_makes_tunnels_by_address_and_by_name(self):
        with proxies.Socks() as proxy:
            self.check(proxy.url, connect="000")
            self.page = f"http://localhost:{self.origin.port}/"
            self.check(proxy.url, connect="000")

    def test_socks_wants_the_password(self):
        with proxies.Socks(user="user", password="secret") as proxy:
            self.check_refused(proxy.bare_url, "000")
            self.check_refused(proxy.url_with("user", "wrong"), "000")
            self.check(proxy.url, connect="000")

    def test_nothing_listens_afterwards(self):
        with proxies.Socks() as proxy:
            pass
        self.check_refused(proxy.url, "000")


if __name__ == "__main__":
    if proxies.missing():
        print("needs", ", ".join(proxies.missing()))
        sys.exit(77)
    unittest.main(verbosity=2)
