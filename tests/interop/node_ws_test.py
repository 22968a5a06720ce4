# SPDX-License-Identifier: MIT
"""npm ws as client of `taut serve` and as server of `taut connect`."""

import json
import pathlib
import tempfile
import unittest

import taut
from closing import ClientCloses, ServerCloses

PEER = str(pathlib.Path(__file__).parent / "node_peer.mjs")
SIZES = [*taut.SIZES, taut.LARGE]
LIMITS = ("--max-message", "32M")


def node_deflate(parameters):
    """Our names of the parameters to those of ws."""
    names = {
        "server_no_context_takeover": "serverNoContextTakeover",
        "client_no_context_takeover": "clientNoContextTakeover",
        "server_max_window_bits": "serverMaxWindowBits",
        "client_max_window_bits": "clientMaxWindowBits",
    }
    return {names[name]: value for name, value in parameters.items()} | {"threshold": 0}


@taut.needs("node with ws", taut.has_node("ws"))
class NodeCase(ServerCloses, unittest.TestCase):
    """Over HTTP/1.1, as ws has it."""

    http2 = False

    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(taut.Files())

    def listen(self, *arguments):
        """`taut serve` with TLS."""
        pair = ("--tls-cert", self.files.certificate, "--tls-key", self.files.key)
        return taut.Server("--echo", *pair, *LIMITS, *arguments)

    def start(self, *words, **options):
        words = [*words, json.dumps(options | {"http2": self.http2})]
        return taut.start(self, ["node", PEER, *words])

    def check(self, server, sizes, **options):
        process = self.start("client", server.url, sizes=sizes, **options)
        self.assertEqual(process.communicate(timeout=taut.LIMIT), ("ok\n", ""))

    def check_tls(self, server, sizes, **options):
        self.check(server, sizes, ca=self.files.certificate, **options)

    def visit(self, server, visits, files):
        trust = {"ca": files.certificate} if files else {}
        process = self.start("visit", server.url, visits=visits, **trust)
        said, complained = process.communicate(timeout=taut.LIMIT)
        self.assertEqual((process.returncode, complained), (0, ""))
        return json.loads(said)

    def check_going(self, server, **options):
        """Whoever is there when the server ends hears 1001."""
        with server:
            process = self.start("client", server.url, sizes=[], wait=1001, **options)
            self.assertEqual(taut.line_of(process), "waiting\n")
        self.assertEqual(process.communicate(timeout=taut.LIMIT), ("ok\n", ""))

    def serve(self, **options):
        """A server of node; what it says is in `self.peer`."""
        self.peer = self.start("server", **options)
        scheme = "wss" if "key" in options else "ws"
        return f"{scheme}://127.0.0.1:{taut.line_of(self.peer).strip()}"

    def serve_tls(self, **options):
        return self.serve(certificate=self.files.certificate, key=self.files.key, **options)

    def connect(self, url, *arguments):
        return taut.connect(url, *LIMITS, "--cacert", self.files.certificate, *arguments)

    def check_sizes(self, url, *arguments):
        """All messages at once, as binary and as text."""
        with tempfile.TemporaryDirectory() as folder:
            for binary in (True, False):
                words, expected = ["-b"] if binary else [], b""
                for size in SIZES:
                    content = taut.bytes_of(size) if binary else taut.text_of(size).encode()
                    file = pathlib.Path(folder) / str(size)
                    file.write_bytes(content)
                    words += ["-f", str(file)]
                    expected += content if binary else content + b"\n"
                process = self.connect(url + "/", *words, "-n", str(len(SIZES)), *arguments)
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertTrue(process.stdout == expected, f"binary: {binary}")

    def check_closes(self, url):
        trust = ("--cacert", self.files.certificate)
        self.check_told(lambda code: [f"{url}/close/{code}"], *trust)
        self.check_heard(f"{url}/", lambda: taut.line_of(self.peer), *trust)

    def check_fragments(self, url, *arguments):
        process = self.connect(f"{url}/fragments", "--on-eof", "wait", *arguments)
        self.assertEqual((process.returncode, process.stdout), (0, b"Hello\n"), process.stderr)


class NodeClient(ClientCloses, NodeCase):
    def test_echoes_every_size(self):
        with taut.Server("--echo", *LIMITS) as server:
            self.check(server, SIZES)

    def test_hears_that_the_server_goes(self):
        self.check_going(taut.Server("--echo"))

    def test_echoes_every_size_over_tls_with_and_without_compression(self):
        with self.listen("--compress") as server:
            self.check_tls(server, SIZES)
            self.check_tls(server, SIZES, deflate=node_deflate({}))

    def test_echoes_with_every_parameter_of_permessage_deflate(self):
        with taut.Server("--echo", "--compress", *LIMITS) as server:
            for parameters in taut.DEFLATE:
                with self.subTest(parameters):
                    self.check(server, SIZES, deflate=node_deflate(parameters))


class NodeServer(NodeCase):
    def test_sends_and_receives_every_size_and_fragments(self):
        url = self.serve()
        self.check_sizes(url)
        self.check_fragments(url)

    def test_sends_and_receives_over_tls_with_and_without_compression(self):
        url = self.serve_tls(deflate=node_deflate({}))
        self.check_sizes(url)
        self.check_sizes(url, "--compress")
        self.check_fragments(url, "--compress")

    def test_sends_and_receives_with_every_parameter_of_permessage_deflate(self):
        for parameters in taut.DEFLATE:
            with self.subTest(parameters):
                self.check_sizes(self.serve(deflate=node_deflate(parameters)), "--compress")

    def test_tells_and_hears_every_close_code(self):
        self.check_closes(self.serve())

    def test_tells_and_hears_every_close_code_over_tls(self):
        self.check_closes(self.serve_tls())


if __name__ == "__main__":
    unittest.main(verbosity=2)
