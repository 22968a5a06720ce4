# SPDX-License-Identifier: MIT
"""curl as an independent HTTP/2 client: what it is answered over HTTP/1.1, it is answered here."""

import unittest

import taut
from curl_test import Http


@taut.needs_program("curl")
class Http2(Http, unittest.TestCase):
    version, name = "--http2", "HTTP/2"
    hint = ("allow", 405, "CONNECT")


if __name__ == "__main__":
    unittest.main(verbosity=2)
