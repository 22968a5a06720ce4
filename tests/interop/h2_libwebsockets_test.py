# SPDX-License-Identifier: MIT
"""libwebsockets 4.1 as an HTTP/2 server of `taut connect`. Its client opens no WebSockets over
HTTP/2 (warmcat/libwebsockets#2363), and its server heeds neither SETTINGS_MAX_FRAME_SIZE nor
windows (warmcat/libwebsockets#3634): so messages are sent in small pieces, and are no larger than
the windows that a stream begins with."""

import unittest

import taut
from libwebsockets_test import Serving

PIECE = 8192


class LibwebsocketsServerByHttp2(Serving):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(taut.Files())
        cls.trust = ("--cacert", cls.files.certificate, "--http", "2")

    def serve_h2(self, **options):
        return self.serve(files=self.files, piece=PIECE, alpn="h2", **options)

    def test_echoes_every_size(self):
        self.check(self.serve_h2(), taut.SIZES, *self.trust)

    def test_echoes_compressed(self):
        self.check(self.serve_h2(deflate=True), taut.SIZES[1:], "--compress", *self.trust)

    def test_tells_and_hears_every_close_code(self):
        self.check_closes(self.serve_h2(), *self.trust)


if __name__ == "__main__":
    unittest.main(verbosity=2)
