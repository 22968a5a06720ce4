# SPDX-License-Identifier: MIT
"""libwebsockets as client of `taut serve` and as server of `taut connect`."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import taut
from closing import REASON, ClientCloses, ServerCloses

PEER = os.environ.get("LWS_PEER", "lws_peer")
needs_peer = taut.needs("libwebsockets", shutil.which(PEER))
PIECE = 16384  # its largest fragment
SIZES = [*taut.SIZES, taut.LARGE]
COMPRESSED = SIZES[1:]  # it cannot send an empty message compressed
# A message that comes uncompressed where compression is agreed on, as our short ones do, is given
# to its client over and over again.
COMPRESSED_TO_CLIENT = [64, 65, *SIZES[2:]]
# Compressed and over TLS it loses bytes of large messages, also when it talks to itself: that size
# is held with python3-websockets instead.
OVER_TLS = slice(None, -1)
LIMITS = ("--max-message", "32M")
PINGS = {**os.environ, "PINGS": "1"}  # makes it send them


def spell(values):
    return [str(value) for value in values]


# Codes that are newer than it: it sends them when told to, but takes them for 1002.
NEWER = {1012: 1002, 1013: 1002, 1014: 1002}


@needs_peer
class LibwebsocketsClient(ClientCloses, unittest.TestCase):
    answers = NEWER
    hears_answers = False

    def start(self, server, sizes, deflate=False, ca="-", piece=PIECE, code=1000, path="/", **run):
        words = spell([piece, server.port, ca, int(deflate), path, code, *sizes])
        return taut.start(self, [PEER, "client", "http/1.1", *words], **run)

    def check(self, server, sizes, **options):
        process = self.start(server, sizes, **options)
        said, errors = process.communicate(timeout=taut.LIMIT)
        self.assertEqual(process.returncode, 0, errors)
        return said

    def test_gets_its_echoes(self):
        with taut.Server("--echo", *LIMITS) as server:
            self.check(server, SIZES)

    def test_gets_its_echoes_compressed(self):
        with taut.Server("--echo", "--compress", *LIMITS) as server:
            self.check(server, COMPRESSED_TO_CLIENT, deflate=True)

    def test_gets_its_echoes_over_tls(self):
        with taut.Files() as files, taut.Server(
            "--echo", "--tls-cert", files.certificate, "--tls-key", files.key, *LIMITS
        ) as server:
            self.check(server, SIZES, ca=files.certificate)

    def test_gets_its_echoes_compressed_over_tls(self):
        tls = taut.Files()
        with tls as files, taut.Server(
            "--echo", "--compress", "--tls-cert", files.certificate, "--tls-key", files.key, *LIMITS
        ) as server:
            self.check(server, COMPRESSED_TO_CLIENT[OVER_TLS], deflate=True, ca=files.certificate)

    def test_may_send_small_fragments(self):
        with taut.Server("--echo", "--compress") as server:
            self.check(server, [1, 7, 8, 126, 1000], piece=7)
            self.check(server, [64, 126, 1000], deflate=True, piece=7)

    def test_may_send_pings_between_fragments(self):
        with taut.Server("--echo") as server:
            self.assertEqual(self.check(server, [50, 7], piece=7, env=PINGS), "pings 7 pongs 7\n")

    def test_takes_pings_between_fragments(self):
        with taut.ClosingServer() as server:
            self.check(server, [50, 60, 7], path="/parts")
        # It may end without its last answer.
        self.assertEqual(server.ends[:2], ["pong between"] * 2)

    def visit(self, server, visits, files):
        return [self.end(server, *one, files.certificate if files else "-") for one in visits]

    def end(self, server, path, code, ca):
        sizes = [] if path.startswith("/close/") else [1]
        process = self.start(server, sizes, ca=ca, code=code, path=path)
        said, errors = process.communicate(timeout=taut.LIMIT)
        self.assertEqual(process.returncode, 0, errors)
        told = re.search(r"^closed (\d+) (.*)$", said, re.MULTILINE)
        return [int(told[1]), told[2], True] if told else None

    def test_hears_why_the_server_goes(self):
        with taut.Server("--echo") as server:
            process = self.start(server, [1], code=0)
            self.assertEqual(taut.line_of(process), "waiting\n")
        self.assertIn("closed 1001 ", process.communicate(timeout=taut.LIMIT)[0])


@needs_peer
class Serving(ServerCloses, unittest.TestCase):
    answers = NEWER

    def serve(self, deflate=False, files=None, piece=PIECE, alpn="http/1.1", **run):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        port_file = pathlib.Path(folder.name) / "port"
        pair = (files.certificate, files.key) if files else ("-", "-")
        self.process = subprocess.Popen(
            [PEER, "server", alpn, *spell([piece, port_file, *pair, int(deflate)])],
            stdout=subprocess.PIPE,
            text=True,
            **run,
        )
        self.addCleanup(self.process.communicate)
        self.addCleanup(self.process.terminate)
        give_up = time.monotonic() + taut.LIMIT
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            self.assertIsNone(self.process.poll(), "the peer ended before it listened")
            self.assertLess(time.monotonic(), give_up)
        return f"{'wss' if files else 'ws'}://127.0.0.1:{port_file.read_text().strip()}/"

    def check(self, url, sizes, *arguments):
        for size in sizes:
            with self.subTest(size=size), tempfile.NamedTemporaryFile() as file:
                content = taut.bytes_of(size)
                file.write(content)
                file.flush()
                process = taut.connect(
                    url, "-b", "-f", file.name, "-n", "1", *LIMITS, *arguments
                )
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertTrue(process.stdout == content)

    def check_closes(self, url, *words):
        self.check_told(lambda code: [url, "-m", f"close {code} {REASON}"], *words)
        self.check_heard(url, lambda: taut.line_of(self.process), *words)


class LibwebsocketsServer(Serving):
    def test_echoes_every_size(self):
        self.check(self.serve(), SIZES)

    def test_echoes_compressed(self):
        self.check(self.serve(deflate=True), COMPRESSED, "--compress")

    def test_echoes_over_tls(self):
        with taut.Files() as files:
            self.check(self.serve(files=files), SIZES, "--cacert", files.certificate)

    def test_echoes_compressed_over_tls(self):
        with taut.Files() as files:
            url = self.serve(deflate=True, files=files)
            self.check(url, COMPRESSED[OVER_TLS], "--cacert", files.certificate, "--compress")

    def test_may_send_small_fragments(self):
        for deflate in (False, True):
            self.check(self.serve(deflate=deflate, piece=7), [1, 7, 126, 1000], "--compress")

    def test_may_send_pings_between_fragments(self):
        self.check(self.serve(piece=7, env=PINGS), [50])
        self.assertEqual(taut.line_of(self.process), "pings 7 pongs 7\n")

    def test_tells_and_hears_every_close_code(self):
        self.check_closes(self.serve())

    def test_tells_and_hears_every_close_code_over_tls(self):
        with taut.Files() as files:
            self.check_closes(self.serve(files=files), "--cacert", files.certificate)


if __name__ == "__main__":
    unittest.main(verbosity=2)
