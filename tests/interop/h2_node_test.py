# SPDX-License-Identifier: MIT
"""node:http2 with what npm ws makes of its streams, as client of `taut serve` and as server of
`taut connect`. It speaks nothing but HTTP/2."""

import unittest

import taut
from closing import ClientCloses
from node_ws_test import SIZES, NodeCase, node_deflate


class NodeClientByHttp2(ClientCloses, NodeCase):
    http2 = True
    forms = [(True, "auto", "CONNECT")]

    def test_echoes_every_size(self):
        with self.listen() as server:
            self.check_tls(server, SIZES)

    def test_hears_that_the_server_goes(self):
        self.check_going(self.listen(), ca=self.files.certificate)

    def test_echoes_with_every_parameter_of_permessage_deflate(self):
        with self.listen("--compress") as server:
            for parameters in taut.DEFLATE:
                with self.subTest(parameters):
                    sizes = taut.SIZES if parameters else SIZES
                    self.check_tls(server, sizes, deflate=node_deflate(parameters))


class NodeServerByHttp2(NodeCase):
    http2 = True

    def test_sends_and_receives_every_size_and_fragments(self):
        url = self.serve_tls()
        self.check_sizes(url)
        self.check_fragments(url)

    def test_sends_and_receives_with_every_parameter_of_permessage_deflate(self):
        for parameters in taut.DEFLATE:
            with self.subTest(parameters):
                url = self.serve_tls(deflate=node_deflate(parameters))
                self.check_sizes(url, "--compress")
                self.check_fragments(url, "--compress")

    def test_tells_and_hears_every_close_code(self):
        self.check_closes(self.serve_tls())


if __name__ == "__main__":
    unittest.main(verbosity=2)
