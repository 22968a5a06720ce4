// SPDX-License-Identifier: MIT
// Good: some microseconds for a whole upgrade, which is less than its accept() costs.
#include <benchmark/benchmark.h>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>

namespace {

using namespace tautline;

// What a browser sends.
constexpr std::string_view kRequest =
    "GET /chat?room=7 HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade\r\n"
    "Pragma: no-cache\r\nCache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Upgrade: websocket\r\nOrigin: https://example.org\r\nSec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

void accept_key(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(websocket::handshake_accept_for("dGhlIHNhbXBsZSBub25jZQ=="));
    }
}
BENCHMARK(accept_key);

void upgrade_on_server(benchmark::State& state) {
    const websocket::ServerPolicy policy{.compression = deflate::Options{}};
    for (auto _ : state) {
        http::HeadReader<http::RequestHead> reader;
        const auto progress = reader.receive(as_bytes(kRequest));
        if (!progress || !progress->head) return state.SkipWithError("not a request");
        const auto accepted = websocket::accept(*progress->head, policy);
        benchmark::DoNotOptimize(http::write_head(accepted->response));
    }
}
BENCHMARK(upgrade_on_server);

}  // namespace
