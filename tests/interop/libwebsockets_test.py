# SPDX-License-Identifier: MIT
"""libwebsockets as client of `taut serve` and as server of `taut connect`."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import taut

PEER = os.environ.get("LWS_PEER", "lws_peer")


class LibwebsocketsClient(unittest.TestCase):
    def check(self, server, deflate=False, ca="-"):
        sizes = [
            str(size) for size in taut.SIZES[1:] + [1024 * 1024]
        ]  # it cannot send an empty message compressed
        process = subprocess.run(
            [PEER, "client", str(server.port), ca, str(int(deflate)), *sizes],
            capture_output=True,
            text=True,
            timeout=taut.LIMIT,
        )
        self.assertEqual(process.returncode, 0, process.stderr)

    def test_gets_its_echoes(self):
        with taut.Server("--echo") as server:
            self.check(server)

    def test_gets_its_echoes_compressed(self):
        with taut.Server("--echo", "--compress") as server:
            self.check(server, deflate=True)

    def test_gets_its_echoes_over_tls(self):
        with taut.Files() as files, taut.Server(
            "--echo", "--compress", "--tls-cert", files.certificate, "--tls-key", files.key
        ) as server:
            self.check(server, ca=files.certificate)
            self.check(server, deflate=True, ca=files.certificate)


class LibwebsocketsServer(unittest.TestCase):
    def serve(self, deflate=False, files=None):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        port_file = pathlib.Path(folder.name) / "port"
        process = subprocess.Popen(
            [
                PEER,
                "server",
                str(port_file),
                files.certificate if files else "-",
                files.key if files else "-",
                str(int(deflate)),
            ]
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        give_up = time.monotonic() + taut.LIMIT
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            self.assertIsNone(process.poll(), "the peer ended before it listened")
            self.assertLess(time.monotonic(), give_up)
        return f"{'wss' if files else 'ws'}://127.0.0.1:{port_file.read_text().strip()}/"

    def check_sizes(self, url, *arguments):
        for size in taut.SIZES[1:] + [1024 * 1024]:
            with self.subTest(size=size), tempfile.NamedTemporaryFile() as file:
                content = taut.bytes_of(size)
                file.write(content)
                file.flush()
                process = taut.connect(
                    url, "-b", "-f", file.name, "-n", "1", "--max-message", "32M", *arguments
                )
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertTrue(process.stdout == content)

    def test_echoes_every_size(self):
        self.check_sizes(self.serve())

    def test_echoes_compressed(self):
        self.check_sizes(self.serve(deflate=True), "--compress")

    def test_echoes_over_tls(self):
        with taut.Files() as files:
            self.check_sizes(self.serve(files=files), "--cacert", files.certificate)


if __name__ == "__main__":
    unittest.main(verbosity=2)
