# SPDX-License-Identifier: MIT
"""Chromium and Firefox, headless, open WebSockets over HTTP/2 (RFC 8441) to `taut serve`. Its
access log tells which version they took: CONNECT is HTTP/2, GET is HTTP/1.1."""

import json
import shutil
import tempfile
import unittest

import taut
from chromium_test import ECHO, drive
from firefox import Firefox


class Browser:
    def talk(self, arguments=(), sizes=taut.SIZES, code=1000, protocols=()):
        """What the page saw, and the lines of the access log."""
        with tempfile.TemporaryFile("w+") as log:
            with taut.Server(
                "--echo", "--tls-self-signed", "--access-log", *arguments, stderr=log
            ) as server:
                source = (
                    ECHO.replace("SIZES", json.dumps(sizes))
                    .replace("CODE", str(code))
                    .replace("PROTOCOLS", json.dumps(protocols))
                )
                seen = self.run_script(f"https://127.0.0.1:{server.port}/health", source)
            log.seek(0)
            return seen, [line.split()[2:] for line in log if "/" in line.split()[-2:]]

    def check(self, method, extension, *arguments, **options):
        seen, log = self.talk(arguments, **options)
        self.assertEqual((seen["wrong"], seen["wasClean"]), ([], True))
        self.assertEqual(seen["code"], options.get("code", 1000))
        self.assertEqual(seen["extensions"].split(";")[0], extension)
        self.assertEqual([line[0] for line in log if line[1] == "/"], [method], log)

    def test_echoes_every_size_plain(self):
        sizes = taut.SIZES + [1_000_000]
        self.check("CONNECT", "", sizes=sizes)

    def test_echoes_every_size_compressed(self):
        sizes = taut.SIZES + [1_000_000]
        self.check("CONNECT", "permessage-deflate", "--compress", "on", sizes=sizes)

    def test_closes_with_a_code_of_the_application(self):
        self.check("CONNECT", "", code=3999, sizes=[1])

    def test_agrees_on_a_subprotocol(self):
        seen, _ = self.talk(["--subprotocol", "chat"], sizes=[1], protocols=["other", "chat"])
        self.assertEqual(seen["protocol"], "chat")

    def test_takes_http_1_1_where_http_2_carries_no_websockets(self):
        # HTTP/2 is on, but without ENABLE_CONNECT_PROTOCOL it is for pages alone.
        self.check("GET", "", "--no-http2-websockets", sizes=[1, 65536])

    def test_takes_http_1_1_from_a_server_that_has_nothing_else(self):
        self.check("GET", "", "--http", "1.1", sizes=[1, 65536])


class ChromiumByHttp2(Browser, unittest.TestCase):
    def run_script(self, url, source):
        return drive("script", url, f"({source})()")


@unittest.skipUnless(shutil.which("firefox-esr"), "there is no Firefox")
class FirefoxByHttp2(Browser, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.firefox = cls.enterClassContext(Firefox())

    def run_script(self, url, source):
        return self.firefox.run(url, source)


if __name__ == "__main__":
    unittest.main(verbosity=2)
