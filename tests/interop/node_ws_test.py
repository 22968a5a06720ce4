# SPDX-License-Identifier: MIT
"""npm ws as client of `taut serve` and as server of `taut connect`."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import taut

PEER = str(pathlib.Path(__file__).parent / "node_peer.mjs")


def node_deflate(parameters):
    """Our names of the parameters to those of ws."""
    names = {
        "server_no_context_takeover": "serverNoContextTakeover",
        "client_no_context_takeover": "clientNoContextTakeover",
        "server_max_window_bits": "serverMaxWindowBits",
        "client_max_window_bits": "clientMaxWindowBits",
    }
    return {names[name]: value for name, value in parameters.items()} | {"threshold": 0}


class NodeClient(unittest.TestCase):
    def check(self, server, **options):
        process = subprocess.run(
            ["node", PEER, "client", server.url, json.dumps(options)],
            capture_output=True,
            text=True,
            timeout=taut.LIMIT,
        )
        self.assertEqual((process.stdout, process.stderr), ("ok\n", ""))

    def test_echoes_every_size_and_answers_every_close_code(self):
        codes = [code for code in taut.CLOSE_CODES if code not in (1010,)]  # ws does not send 1010
        with taut.Server("--echo", "--max-message", "32M") as server:
            self.check(server, sizes=taut.SIZES + [taut.LARGE], codes=codes)

    def test_echoes_over_tls(self):
        with taut.Files() as files, taut.Server(
            "--echo", "--compress", "--tls-cert", files.certificate, "--tls-key", files.key
        ) as server:
            self.check(server, sizes=taut.SIZES, ca=files.certificate)
            self.check(server, sizes=taut.SIZES, ca=files.certificate, deflate=node_deflate({}))

    def test_echoes_with_every_parameter_of_permessage_deflate(self):
        with taut.Server("--echo", "--compress", "--max-message", "32M") as server:
            for parameters in taut.DEFLATE:
                with self.subTest(parameters):
                    self.check(
                        server, sizes=taut.SIZES + [taut.LARGE], deflate=node_deflate(parameters)
                    )


class NodeServer(unittest.TestCase):
    def serve(self, **options):
        process = subprocess.Popen(
            ["node", PEER, "server", json.dumps(options)], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        scheme = "wss" if "key" in options else "ws"
        return f"{scheme}://127.0.0.1:{process.stdout.readline().strip()}"

    def check_sizes(self, url, *arguments):
        for size in taut.SIZES + [taut.LARGE]:
            with self.subTest(size=size), tempfile.NamedTemporaryFile() as file:
                content = taut.bytes_of(size)
                file.write(content)
                file.flush()
                process = taut.connect(
                    url + "/", "-b", "-f", file.name, "-n", "1", "--max-message", "32M", *arguments
                )
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertTrue(process.stdout == content)

    def test_sends_and_receives_every_size(self):
        self.check_sizes(self.serve())

    def test_sends_and_receives_over_tls(self):
        with taut.Files() as files:
            self.check_sizes(
                self.serve(certificate=files.certificate, key=files.key),
                "--cacert",
                files.certificate,
            )

    def test_sends_and_receives_with_every_parameter_of_permessage_deflate(self):
        for parameters in taut.DEFLATE:
            with self.subTest(parameters):
                self.check_sizes(self.serve(deflate=node_deflate(parameters)), "--compress")

    def test_tells_every_close_code(self):
        url = self.serve()
        for code in (1000, 1001, 1011, 3000, 4999):
            with self.subTest(code):
                process = taut.connect(f"{url}/close/{code}", "--json", "--on-eof", "wait")
                last = taut.events(process)[-1]
                self.assertEqual(
                    (last["type"], last["code"], last["reason"]), ("close", code, "bye é")
                )


if __name__ == "__main__":
    unittest.main(verbosity=2)
