# SPDX-License-Identifier: MIT
"""Chromium and Firefox, headless, open WebSockets over HTTP/2 (RFC 8441) to `taut serve`. Its
access log tells which version they took: CONNECT is HTTP/2, GET is HTTP/1.1."""

import json
import tempfile
import unittest

import taut
from chromium_test import ECHO, BrowserCloses, drive, needs_chromium, used
from firefox import Firefox
from firefox_test import USE

LIMITS = ("--max-message", "32M")


def health(server):
    return f"https://127.0.0.1:{server.port}/health"


class Browser(BrowserCloses):
    forms = [(True, "auto", "CONNECT")]

    def watch(self, use, *arguments):
        """What came of it, and the requests for / in the access log."""
        with tempfile.TemporaryFile("w+") as log:
            words = ("--echo", "--tls-self-signed", "--access-log", *LIMITS, *arguments)
            with taut.Server(*words, stderr=log) as server:
                seen = use(server)
            log.seek(0)
            return seen, [line.split()[2:] for line in log if "/" in line.split()[-2:]]

    def talk(self, arguments=(), sizes=taut.SIZES, code=1000, protocols=()):
        source = (
            ECHO.replace("SIZES", json.dumps(sizes))
            .replace("CODE", str(code))
            .replace("PROTOCOLS", json.dumps(protocols))
        )
        return self.watch(lambda server: self.run_script(health(server), source), *arguments)

    def check(self, method, extension, *arguments, **options):
        seen, log = self.talk(arguments, **options)
        self.assertEqual((seen["wrong"], seen["wasClean"]), ([], True))
        self.assertEqual(seen["code"], options.get("code", 1000))
        self.assertEqual(seen["extensions"].split(";")[0], extension)
        self.assertEqual([line[0] for line in log if line[1] == "/"], [method], log)

    def test_echoes_every_size_plain(self):
        self.check("CONNECT", "", sizes=taut.SIZES + [taut.LARGE])

    def test_echoes_every_size_compressed(self):
        sizes = taut.SIZES + [1_000_000]
        self.check("CONNECT", "permessage-deflate", "--compress", "on", sizes=sizes)

    def test_its_page_sends_shows_and_measures(self):
        def use(server):
            used(self, self.use_page(f"https://127.0.0.1:{server.port}/"), server.url)

        _, log = self.watch(use)
        self.assertIn("CONNECT", [line[0] for line in log], log)

    def test_agrees_on_a_subprotocol(self):
        seen, _ = self.talk(["--subprotocol", "chat"], sizes=[1], protocols=["other", "chat"])
        self.assertEqual(seen["protocol"], "chat")

    def test_takes_http_1_1_where_http_2_carries_no_websockets(self):
        # HTTP/2 is on, but without ENABLE_CONNECT_PROTOCOL it is for pages alone.
        self.check("GET", "", "--no-http2-websockets", sizes=[1, 65536])

    def test_takes_http_1_1_from_a_server_that_has_nothing_else(self):
        self.check("GET", "", "--http", "1.1", sizes=[1, 65536])


@needs_chromium
class ChromiumByHttp2(Browser, unittest.TestCase):
    def run_script(self, url, source):
        return drive("script", url, f"({source})()")

    def use_page(self, url):
        return drive("page", url)


@taut.needs_program("firefox-esr")
class FirefoxByHttp2(Browser, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.firefox = cls.enterClassContext(Firefox())

    def run_script(self, url, source):
        return self.firefox.run(url, source)

    def use_page(self, url):
        return self.firefox.run(url, USE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
