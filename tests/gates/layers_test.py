# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree


class LayersTest(PlantedTree):
    gate = "check_layers.py"

    def setUp(self):
        super().setUp()
        self.plant("src/tautline/base/bytes.hpp", "#include <span>\n")
        self.plant("src/tautline/io/loop.hpp", "#include <asio/io_context.hpp>\n")
        self.plant("tools/public_headers.txt", "base/*.hpp plain\n")

    def test_arrows_that_point_down_are_accepted(self):
        self.plant("src/tautline/proto/websocket/frame.cpp", "#include <tautline/base/bytes.hpp>\n")

        self.accept()

    def test_an_arrow_that_points_up_is_refused(self):
        self.plant("src/tautline/proto/websocket/frame.cpp", "#include <tautline/io/loop.hpp>\n")

        self.refuse("frame.cpp:1", "proto/websocket may not include io")

    def test_proto_folders_have_an_order_too(self):
        self.plant("src/tautline/proto/websocket/role.hpp", "")
        self.plant("src/tautline/proto/http/uri.cpp",
                   "#include <tautline/proto/websocket/role.hpp>\n")

        self.refuse("uri.cpp:1", "proto/http may not include proto/websocket")

    def test_the_library_does_not_include_its_tool(self):
        self.plant("src/tautline/base/bytes.cpp", '#include "apps/taut/output.hpp"\n')

        self.refuse("bytes.cpp:1", "apps/taut/output.hpp")

    def test_a_file_in_no_layer_is_refused(self):
        self.plant("src/tautline/helpers/thing.hpp", "")

        self.refuse("src/tautline/helpers/thing.hpp", "no layer")

    def test_openssl_stays_in_transport(self):
        self.plant("src/tautline/server/reload.cpp", "#include <openssl/ssl.h>\n")

        self.refuse("reload.cpp:1", "openssl/ssl.h")

    def test_a_test_of_the_server_may_use_the_client(self):
        self.plant("src/tautline/client/client.hpp", "")
        self.plant("src/tautline/server/server_test.cpp", "#include <tautline/client/client.hpp>\n")

        self.accept()

    def test_the_server_itself_may_not_use_the_client(self):
        self.plant("src/tautline/client/client.hpp", "")
        self.plant("src/tautline/server/server.cpp", "#include <tautline/client/client.hpp>\n")

        self.refuse("server.cpp:1", "server may not include client")

    def test_a_fuzz_target_stays_below_the_purity_line(self):
        self.plant("fuzz/loop_fuzz.cpp", "#include <tautline/io/loop.hpp>\n")

        self.refuse("loop_fuzz.cpp:1", "fuzz may not include io")


class PublicHeadersTest(PlantedTree):
    gate = "check_layers.py"

    def setUp(self):
        super().setUp()
        self.plant("src/tautline/server/server.hpp", "#include <tautline/server/state.hpp>\n")
        self.plant("src/tautline/server/state.hpp", "#include <asio/io_context.hpp>\n")

    def test_asio_behind_a_plain_header_is_refused(self):
        self.plant("tools/public_headers.txt", "server/server.hpp plain\nserver/state.hpp plain\n")

        self.refuse("state.hpp", "server.hpp drags in <asio/io_context.hpp>")

    def test_asio_behind_a_coroutine_header_is_accepted(self):
        self.plant("tools/public_headers.txt",
                   "server/server.hpp coroutine\nserver/state.hpp coroutine\n")

        self.accept()

    def test_openssl_behind_a_coroutine_header_is_refused(self):
        self.plant("src/tautline/transport/tls.hpp", "#include <openssl/ssl.h>\n")
        self.plant("tools/public_headers.txt", "transport/tls.hpp coroutine\n")

        self.refuse("tls.hpp drags in <openssl/ssl.h>")

    def test_a_public_header_includes_public_headers_only(self):
        self.plant("tools/public_headers.txt", "server/server.hpp coroutine\n")

        self.refuse("tautline/server/state.hpp", "not in tools/public_headers.txt")

    def test_a_pattern_that_fits_nothing_is_refused(self):
        self.plant("tools/public_headers.txt", "client/gone.hpp plain\n")

        self.refuse("nothing is called client/gone.hpp")


if __name__ == "__main__":
    unittest.main()
